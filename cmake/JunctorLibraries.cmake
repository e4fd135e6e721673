# The libraries of others, all from Debian packages (tools/packages.txt).

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(simdjson REQUIRED)
find_package(yaml-cpp REQUIRED)
if(JUNCTOR_TESTS)
  find_package(GTest REQUIRED)
endif()
target_link_libraries(junctor_options INTERFACE fmt::fmt)

# Debian's c-ares brings no CMake package.
find_path(JUNCTOR_CARES_INCLUDE ares.h REQUIRED)
find_library(JUNCTOR_CARES_LIBRARY cares REQUIRED)
add_library(junctor::cares UNKNOWN IMPORTED)
set_target_properties(junctor::cares PROPERTIES
  IMPORTED_LOCATION ${JUNCTOR_CARES_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${JUNCTOR_CARES_INCLUDE})

# Nor does its RE2.
find_path(JUNCTOR_RE2_INCLUDE re2/re2.h REQUIRED)
find_library(JUNCTOR_RE2_LIBRARY re2 REQUIRED)
add_library(re2::re2 UNKNOWN IMPORTED)
set_target_properties(re2::re2 PROPERTIES
  IMPORTED_LOCATION ${JUNCTOR_RE2_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${JUNCTOR_RE2_INCLUDE})

# Nor does its libidn2.
find_path(JUNCTOR_IDN2_INCLUDE idn2.h REQUIRED)
find_library(JUNCTOR_IDN2_LIBRARY idn2 REQUIRED)
add_library(idn2::idn2 UNKNOWN IMPORTED)
set_target_properties(idn2::idn2 PROPERTIES
  IMPORTED_LOCATION ${JUNCTOR_IDN2_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${JUNCTOR_IDN2_INCLUDE})

file(GLOB_RECURSE cli_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/cli/*.cc)
if(cli_sources)
  find_package(CLI11 REQUIRED)
endif()
