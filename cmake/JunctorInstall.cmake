# cmake --install: the program, its unit for systemd, an example configuration, the documents.

include(GNUInstallDirs)
set(doc ${CMAKE_INSTALL_DATADIR}/doc/junctor)

if(TARGET junctor)
  install(TARGETS junctor RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # Made by the program itself, of the commands that it has.
  foreach(page IN ITEMS
      "manual:${CMAKE_INSTALL_MANDIR}/man1/junctor.1"
      "completion bash:${CMAKE_INSTALL_DATADIR}/bash-completion/completions/junctor"
      "completion zsh:${CMAKE_INSTALL_DATADIR}/zsh/site-functions/_junctor"
      "completion fish:${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d/junctor.fish")
    string(REGEX MATCH "^([^:]*):(.*)$" page "${page}")
    string(REPLACE " " ";" words "${CMAKE_MATCH_1}")
    install(CODE "
      set(path \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_MATCH_2}\")
      get_filename_component(folder \"\${path}\" DIRECTORY)
      file(MAKE_DIRECTORY \"\${folder}\")
      message(STATUS \"Installing: \${path}\")
      execute_process(COMMAND \"$<TARGET_FILE:junctor>\" ${words}
                      OUTPUT_FILE \"\${path}\" COMMAND_ERROR_IS_FATAL ANY)")
  endforeach()
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
