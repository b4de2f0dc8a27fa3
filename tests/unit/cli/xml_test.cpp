// Rules of text in XML files: its marks are escaped, and each format shows other bytes as it likes.
#include "cli/xml.hpp"

#include <gtest/gtest.h>

namespace rvx::cli {
namespace {

TEST(XmlTest, MarksOfXmlAreEscaped) {
  const auto same = [](char c) { return c; };
  EXPECT_EQ(xml_text("a<b>&\"c\"'", same), "a&lt;b&gt;&amp;&quot;c&quot;'");
}

TEST(XmlTest, OtherBytesAreShownAsTheFormatWants) {
  const auto stars = [](char c) { return c < ' ' ? '*' : c; };
  EXPECT_EQ(xml_text("a\n<\x1b[0m", stars), "a*&lt;*[0m");
}

}  // namespace
}  // namespace rvx::cli
