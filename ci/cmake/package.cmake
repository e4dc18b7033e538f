# What `cmake --install` puts where, and the Debian package that `cpack -G DEB` makes of it. Included last,
# when all targets exist.
include(GNUInstallDirs)
# The two programs are enough to install and to package; the tests need not have been compiled.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)

install(TARGETS linecheck linecheck-bridge
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
# `linecheck` finds the library beside itself, the scenarios find their schema beside the library.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/scenarios/library ${PROJECT_SOURCE_DIR}/scenarios/schema
  DESTINATION ${CMAKE_INSTALL_DATADIR}/linecheck)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/metrics/alerts ${PROJECT_SOURCE_DIR}/metrics/dashboards
  DESTINATION ${CMAKE_INSTALL_DATADIR}/linecheck)
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(FILES ${PROJECT_SOURCE_DIR}/ci/packaging/linecheck-bridge.service DESTINATION lib/systemd/system)
if(EXISTS ${PROJECT_SOURCE_DIR}/LICENSE)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME linecheck)
set(CPACK_PACKAGE_CONTACT "linecheck maintainers <maintainers@linecheck.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
  "voice bridge between Twilio and OpenAI, and the harness that proves it carries sound")
set(CPACK_PACKAGE_DESCRIPTION
"linecheck-bridge connects phone calls of Twilio Media Streams with the OpenAI Realtime API.
linecheck drives it, or any other such bridge, with a fake Twilio and a fake OpenAI from YAML scenarios, and
says on which leg of a silent call the sound died.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION comm)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS
  "asterisk-core-sounds-en-wav, asterisk-core-sounds-es-wav, espeak-ng, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus")  # its promtool judges alerts
include(CPack)
