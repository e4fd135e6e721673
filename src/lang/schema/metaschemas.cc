#include "lang/schema/metaschemas.h"

namespace junctor::lang::schema {

std::string_view metaschema_text(std::string_view uri) noexcept {
  for (const auto texts :
       {metaschemas_of_draft2020_12(), metaschemas_of_draft2019_09(), metaschemas_of_draft7(),
        metaschemas_of_draft6(), metaschemas_of_draft4()}) {
    for (const Metaschema& each : texts) {
      if (each.uri == uri) return each.text;
    }
  }
  return {};
}

}  // namespace junctor::lang::schema
