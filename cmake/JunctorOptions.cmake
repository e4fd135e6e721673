# junctor_options: how every file of this house is compiled and linked, in one place.

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR
    "Junctor is built with clang 19 or later, not with ${CMAKE_CXX_COMPILER_ID} "
    "${CMAKE_CXX_COMPILER_VERSION}: g++ 12 destroys temporaries in co_await expressions twice.\n"
    "Run ./dev setup, then cmake --preset dev (the presets name the compiler).")
endif()

option(JUNCTOR_TESTS "Build the test programs" ON)
option(JUNCTOR_BENCH "Build the programs of bench/" OFF)
option(JUNCTOR_FUZZ "Build the targets of tests/fuzz with libFuzzer instead of as corpus replays" OFF)
option(JUNCTOR_PCH "Precompile std and base once and share it" ON)
option(JUNCTOR_HARDEN "Stack protector, fortified libc, read-only relocations" OFF)
set(JUNCTOR_PROFILE "" CACHE STRING
    "\"use\": optimise by cmake/release.proftext; \"generate\": make a program that writes one")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Debug)
endif()
set(CMAKE_CXX_FLAGS_DEBUG "-g")
# Line tables are enough to read a crash; -g2 doubles the size of what is linked.
# DWARF 4: the valgrind of Debian 12 cannot read what clang writes as version 5.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -gdwarf-4 -DNDEBUG")

find_program(JUNCTOR_CCACHE ccache)
if(JUNCTOR_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without this sloppiness ccache refuses whatever uses a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      ${JUNCTOR_CCACHE})
endif()

find_program(JUNCTOR_LLD NAMES ld.lld-19 ld.lld)
if(NOT JUNCTOR_LLD)
  message(FATAL_ERROR "The linker lld was not found (Debian package lld-19). Run ./dev setup.")
endif()

add_library(junctor_options INTERFACE)
target_include_directories(junctor_options INTERFACE ${CMAKE_SOURCE_DIR}/src
                                                     ${CMAKE_BINARY_DIR}/generated)
# One code model for libraries and programs, or clang refuses the shared precompiled header.
target_compile_options(junctor_options INTERFACE
  $<IF:$<BOOL:${BUILD_SHARED_LIBS}>,-fPIC,-fPIE>
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Werror -Werror=dangling)
target_link_options(junctor_options INTERFACE
  -fuse-ld=lld $<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-pie>)

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_definitions(junctor_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(BUILD_SHARED_LIBS)
  # What a room calls must be in a library of its own DEPS or LIBS, there and then.
  target_link_options(junctor_options INTERFACE LINKER:-z,defs)
endif()
if(JUNCTOR_HARDEN)
  target_compile_options(junctor_options INTERFACE -fstack-protector-strong)
  target_compile_definitions(junctor_options INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(junctor_options INTERFACE LINKER:-z,relro,-z,now)
endif()
if(CMAKE_INTERPROCEDURAL_OPTIMIZATION)
  target_link_options(junctor_options INTERFACE
    LINKER:--thinlto-cache-dir=${CMAKE_BINARY_DIR}/lto-cache)
endif()
if(JUNCTOR_PROFILE)
  include(JunctorProfile)
endif()
if(JUNCTOR_FUZZ)
  target_compile_options(junctor_options INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(junctor_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
