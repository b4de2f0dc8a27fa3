// Text in XML files.
#pragma once

#include <string>
#include <string_view>

namespace rvx::cli {

// `text` for the content of an element or an attribute: marks of XML's own are escaped, and for each
// other byte stands `shown(byte)`, so that each format decides what becomes of bytes XML cannot hold.
[[nodiscard]] std::string xml_text(std::string_view text, char (*shown)(char byte));

}  // namespace rvx::cli
