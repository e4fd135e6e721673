# Programs that cross rooms: simulation, fuzz targets, differential drivers, bench helpers; and the
# tests of the house itself. The tests of a room stand beside its code (JunctorRoom.cmake).

set(test_rooms base rt wire lang net agent control cli app)

# junctor_files(<result> <patterns below the project...>)
function(junctor_files result)
  list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/)
  file(GLOB found CONFIGURE_DEPENDS ${ARGN})
  set(${result} ${found} PARENT_SCOPE)
endfunction()

# The simulated world, for the simulation and for the tests of every room above rt.
function(junctor_sim_world)
  junctor_files(sources tests/sim/*.cc)
  list(FILTER sources EXCLUDE REGEX "_test\\.cc$")
  add_library(junctor_sim_world STATIC ${sources})
  target_include_directories(junctor_sim_world PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(junctor_sim_world PRIVATE junctor_options junctor_base junctor_rt
                                                  GTest::gtest)
  junctor_use_pch(junctor_sim_world)
endfunction()

function(junctor_sim_tests)
  junctor_files(sources tests/sim/*_test.cc)
  if(NOT sources)
    return()
  endif()
  junctor_program(sim_test SOURCES ${sources} ${CMAKE_SOURCE_DIR}/tests/child_main.cc
                  ROOMS base rt wire net agent LIBS junctor_sim_world GTest::gtest)
  target_include_directories(sim_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  add_test(NAME sim_test COMMAND sim_test)
  set_tests_properties(sim_test PROPERTIES LABELS sim TIMEOUT 600)
endfunction()

# tests/fuzz/<target>_fuzz.cc: with libFuzzer in preset fuzz; elsewhere a program that runs the same
# property over every file of tests/fuzz/corpus/<target>.
function(junctor_fuzz_targets)
  junctor_files(sources tests/fuzz/*_fuzz.cc)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    string(REGEX REPLACE "_fuzz$" "" target ${name})
    if(JUNCTOR_FUZZ)
      junctor_program(${name} SOURCES ${source} ROOMS ${test_rooms})
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    else()
      set(name ${target}_replay)
      junctor_program(${name} SOURCES ${source} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc
                      ROOMS ${test_rooms})
      add_test(NAME ${name} COMMAND ${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${target})
      set_tests_properties(${name} PROPERTIES LABELS corpus TIMEOUT 120)
    endif()
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  endforeach()
endfunction()

function(junctor_differential_drivers)
  junctor_files(sources tests/differential/*_driver.cc)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    junctor_program(${name} SOURCES ${source} ROOMS ${test_rooms})
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  endforeach()
endfunction()

# The programs of tests/lang: drivers of the official suites and of the comparisons with others, and
# yardsticks. The latter are built for release too, when they are asked for by name.
function(junctor_lang_programs)
  junctor_files(sources ${ARGN})
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    junctor_program(${name} SOURCES ${source} ROOMS base wire lang)
    if(NOT JUNCTOR_TESTS)
      set_target_properties(${name} PROPERTIES EXCLUDE_FROM_ALL TRUE)
    endif()
  endforeach()
endfunction()

# The yardsticks of bench/: always optimised, and strangers to the rooms they are compared with.
function(junctor_bench_programs)
  junctor_files(sources bench/*.cc)
  foreach(source IN LISTS sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(bench_${name} ${source})
    target_compile_options(bench_${name} PRIVATE -O2)
    target_link_libraries(bench_${name} PRIVATE junctor_options simdjson::simdjson Threads::Threads)
    set_target_properties(bench_${name} PROPERTIES OUTPUT_NAME ${name}
                          RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
  endforeach()
endfunction()

function(junctor_house_tests)
  find_package(Python3 COMPONENTS Interpreter REQUIRED)
  add_test(NAME house_tidy
           COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/tools/tidy.py ${CMAKE_SOURCE_DIR})
  junctor_files(tool_tests tools/*_test.py)
  foreach(source IN LISTS tool_tests)
    get_filename_component(name ${source} NAME_WE)
    add_test(NAME house_${name} COMMAND Python3::Interpreter ${source})
    set_property(TEST house_${name} PROPERTY LABELS house)
  endforeach()
  set_property(TEST house_tidy PROPERTY LABELS house)
  if(BUILD_SHARED_LIBS)
    add_test(NAME house_undeclared_dependency
             COMMAND sh ${CMAKE_SOURCE_DIR}/tests/house/undeclared_dependency/run.sh
                     ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/undeclared_dependency
                     ${CMAKE_COMMAND} ${CMAKE_CXX_COMPILER})
    set_tests_properties(house_undeclared_dependency PROPERTIES LABELS house TIMEOUT 120)
  endif()
endfunction()

if(JUNCTOR_TESTS)
  junctor_sim_world()
endif()
if(JUNCTOR_FUZZ)
  junctor_fuzz_targets()
elseif(JUNCTOR_TESTS)
  junctor_sim_tests()
  junctor_fuzz_targets()
  junctor_differential_drivers()
  junctor_lang_programs(tests/lang/*_main.cc)
  junctor_house_tests()
endif()
if(JUNCTOR_BENCH)
  junctor_bench_programs()
  if(NOT JUNCTOR_TESTS)
    junctor_lang_programs(tests/lang/*_speed_main.cc)
  endif()
endif()
