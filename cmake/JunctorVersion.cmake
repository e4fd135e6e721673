# junctor_version(<room>): gives the room "base/version.h", with the version of project() and the
# revision of the working copy. The revision sits in one generated source, asked for at every build
# and rewritten only when it changed: a commit recompiles one file.

function(junctor_version room)
  set(generated ${CMAKE_BINARY_DIR}/generated)
  configure_file(${CMAKE_SOURCE_DIR}/cmake/version.h.in ${generated}/base/version.h @ONLY)
  if(NOT TARGET junctor_${room})
    return()
  endif()
  add_custom_target(junctor_revision
    COMMAND ${CMAKE_COMMAND} -D SOURCE=${CMAKE_SOURCE_DIR} -D VERSION=${PROJECT_VERSION}
            -D OUTPUT=${generated}/version.cc -P ${CMAKE_SOURCE_DIR}/cmake/write_version.cmake
    BYPRODUCTS ${generated}/version.cc
    COMMENT "Asking for the revision")
  target_sources(junctor_${room} PRIVATE ${generated}/version.cc)
  add_dependencies(junctor_${room} junctor_revision)
endfunction()
