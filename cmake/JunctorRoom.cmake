# junctor_room(<room> DEPS <rooms...> LIBS <libraries...>)
#
# One library per room (alias junctor::<room>) from src/<room>/**.cc, and one test program
# <room>_test from src/<room>/**_test.cc. DEPS are linked PRIVATE: a room that calls what its own
# DEPS do not name fails to link in preset dev, even if a room below it may make that call.
# A room without sources is left out, so that the table may name it before its first file lands.

if(JUNCTOR_PCH)
  file(WRITE ${CMAKE_BINARY_DIR}/generated/junctor_pch.cc.new "")
  file(COPY_FILE ${CMAKE_BINARY_DIR}/generated/junctor_pch.cc.new
       ${CMAKE_BINARY_DIR}/generated/junctor_pch.cc ONLY_IF_DIFFERENT)
  add_library(junctor_pch OBJECT ${CMAKE_BINARY_DIR}/generated/junctor_pch.cc)
  target_link_libraries(junctor_pch PRIVATE junctor_options)
  target_precompile_headers(junctor_pch PRIVATE ${CMAKE_CURRENT_LIST_DIR}/junctor_pch.h)
  # A timestamp in the header would make every build of it new to ccache.
  target_compile_options(junctor_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
endif()

function(junctor_use_pch target)
  if(JUNCTOR_PCH)
    target_precompile_headers(${target} REUSE_FROM junctor_pch)
  endif()
endfunction()

# Of the names given, those of rooms that exist, as targets; and what their headers may need.
function(junctor_existing_rooms result)
  set(found "")
  foreach(room IN LISTS ARGN)
    if(TARGET junctor_${room})
      get_target_property(libraries junctor_${room} JUNCTOR_LIBS)
      list(APPEND found junctor_${room} ${libraries})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES found)
  set(${result} ${found} PARENT_SCOPE)
endfunction()

# junctor_program(<name> SOURCES <files...> ROOMS <rooms...> [LIBS <libraries...>])
function(junctor_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;ROOMS;LIBS" ${ARGN})
  junctor_existing_rooms(rooms ${ARG_ROOMS})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE junctor_options ${rooms} ${ARG_LIBS})
  junctor_use_pch(${name})
endfunction()

function(junctor_room room)
  cmake_parse_arguments(ARG "" "" "DEPS;LIBS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${room}/*.cc)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "(_test|/main)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  if(sources)
    junctor_existing_rooms(deps ${ARG_DEPS})
    list(FILTER deps INCLUDE REGEX "^junctor_")
    add_library(junctor_${room} ${sources})
    add_library(junctor::${room} ALIAS junctor_${room})
    target_link_libraries(junctor_${room} PRIVATE junctor_options ${deps} ${ARG_LIBS})
    set_target_properties(junctor_${room} PROPERTIES JUNCTOR_LIBS "${ARG_LIBS}"
                                                     JUNCTOR_DEPS "${ARG_DEPS}")
    junctor_use_pch(junctor_${room})
  endif()
  if(tests AND JUNCTOR_TESTS)
    # Who starts children is started as one: the main of such programs knows it.
    set(main main.cc)
    if("rt" IN_LIST ARG_DEPS OR room STREQUAL "rt")
      set(main child_main.cc)
    endif()
    junctor_program(${room}_test SOURCES ${tests} ${CMAKE_SOURCE_DIR}/tests/${main}
                    ROOMS ${room} ${ARG_DEPS} LIBS GTest::gtest)
    target_include_directories(${room}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    if("net" IN_LIST ARG_DEPS OR room STREQUAL "net")
      target_link_libraries(${room}_test PRIVATE junctor_sim_world)  # JunctorTests.cmake
    endif()
    add_test(NAME ${room}_test COMMAND ${room}_test)
    set_tests_properties(${room}_test PROPERTIES LABELS room TIMEOUT 300)
  endif()
endfunction()

# junctor_executable(<name> <room>): the program whose main() is src/<room>/main.cc.
function(junctor_executable name room)
  if(NOT EXISTS ${CMAKE_SOURCE_DIR}/src/${room}/main.cc OR NOT TARGET junctor_${room})
    message(STATUS "${name}: src/${room}/main.cc does not exist, the program is left out")
    return()
  endif()
  get_target_property(deps junctor_${room} JUNCTOR_DEPS)
  junctor_program(${name} SOURCES ${CMAKE_SOURCE_DIR}/src/${room}/main.cc ROOMS ${room} ${deps})
endfunction()
