# cmake --install: the program, its unit for systemd, an example configuration, the documents.

include(GNUInstallDirs)
set(doc ${CMAKE_INSTALL_DATADIR}/doc/junctor)

if(TARGET junctor)
  install(TARGETS junctor RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

# The unit in the repository is a working one for /usr; another prefix changes the program's path.
install(CODE "set(source \"${CMAKE_SOURCE_DIR}\")")
install(CODE [[
  file(READ "${source}/packaging/junctor.service" unit)
  string(REPLACE "/usr/bin/junctor" "${CMAKE_INSTALL_PREFIX}/bin/junctor" unit "${unit}")
  set(path "${CMAKE_INSTALL_PREFIX}/lib/systemd/system/junctor.service")
  message(STATUS "Installing: $ENV{DESTDIR}${path}")
  file(WRITE "$ENV{DESTDIR}${path}" "${unit}")
]])

install(FILES packaging/junctor.yaml DESTINATION ${doc}/examples)
install(FILES README.md ARCHITECTURE.md CHANGELOG.md SECURITY.md LICENSE NOTICE DESTINATION ${doc})
install(DIRECTORY docs/ DESTINATION ${doc}/docs FILES_MATCHING PATTERN "*.md")
