// Text in XML files.
#include "cli/xml.hpp"

namespace rvx::cli {

std::string xml_text(std::string_view text, char (*shown)(char byte)) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += shown(c);
    }
  }
  return out;
}

}  // namespace rvx::cli
