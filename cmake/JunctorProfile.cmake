# Profile-guided optimisation (docs/decisions/0006-profile-in-the-repository.md).
#
# JUNCTOR_PROFILE=use: cmake/release.proftext tells the compiler which ways through the code are
# worn. A function that has changed since it was written (`./dev profile` does) is compiled as if
# there were none. JUNCTOR_PROFILE=generate: the program counts, and writes what it counted at exit.

# Functions of one file only are named by its name without the directories: a checkout may lie anywhere.
target_compile_options(junctor_options INTERFACE "SHELL:-mllvm -static-func-full-module-prefix=false")

if(JUNCTOR_PROFILE STREQUAL "generate")
  target_compile_options(junctor_options INTERFACE -fprofile-generate)
  target_link_options(junctor_options INTERFACE -fprofile-generate)
  return()
elseif(NOT JUNCTOR_PROFILE STREQUAL "use")
  message(FATAL_ERROR "JUNCTOR_PROFILE is \"use\", \"generate\" or empty, not \"${JUNCTOR_PROFILE}\"")
endif()

find_program(JUNCTOR_PROFDATA NAMES llvm-profdata-19)
if(NOT JUNCTOR_PROFDATA)
  message(WARNING "llvm-profdata-19 was not found (Debian package llvm-19): the program will be "
                  "about a tenth slower than it should be. Run ./dev setup.")
  return()
endif()

set(profile_text ${CMAKE_SOURCE_DIR}/cmake/release.proftext)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${profile_text})
# The name changes with the content, so that what was compiled by another profile is compiled again.
file(SHA256 ${profile_text} digest)
string(SUBSTRING ${digest} 0 16 digest)
set(profile ${CMAKE_BINARY_DIR}/release-${digest}.profdata)
if(NOT EXISTS ${profile})
  execute_process(COMMAND ${JUNCTOR_PROFDATA} merge -o ${profile} ${profile_text}
                  COMMAND_ERROR_IS_FATAL ANY)
endif()
target_compile_options(junctor_options INTERFACE
  -fprofile-use=${profile}
  -Wno-profile-instr-unprofiled -Wno-profile-instr-out-of-date -Wno-backend-plugin)
