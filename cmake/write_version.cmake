# Writes OUTPUT with VERSION and the git revision of SOURCE; leaves it alone when nothing changed.

set(revision "unknown")
find_program(git git)
# Only when SOURCE itself is the working copy: an unpacked archive inside another one is not.
if(git AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${git} -C ${SOURCE} describe --always --abbrev=12 --dirty --exclude=*
                  OUTPUT_VARIABLE described RESULT_VARIABLE failed ERROR_QUIET
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT failed AND described)
    set(revision ${described})
  endif()
endif()

set(text "#include \"base/version.h\"

namespace junctor {

std::string_view version() noexcept {
  return \"${VERSION}\";
}

std::string_view revision() noexcept {
  return \"${revision}\";
}

}  // namespace junctor
")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUTPUT} "${text}")
endif()
