// Reads register files off the syntax of formats: rd is an integer register, fd a floating-point one.
#include "cpu/isa/roles.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "cpu/isa/operands.hpp"

namespace rvx::isa {
namespace {

constexpr Roles read_syntax(std::string_view syntax) {
  Roles roles;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  while (!syntax.empty()) {
    size_t size = 0;
    while (size < syntax.size() && is_letter(syntax[size])) ++size;
    const std::string_view word = syntax.substr(0, size);
    if (word == "rd") roles.rd = RegFile::kX;
    if (word == "fd") roles.rd = RegFile::kF;
    if (word == "rs1") roles.rs1 = RegFile::kX;
    if (word == "fs1") roles.rs1 = RegFile::kF;
    if (word == "rs2") roles.rs2 = RegFile::kX;
    if (word == "fs2") roles.rs2 = RegFile::kF;
    if (word == "fs3") roles.rs3 = RegFile::kF;
    syntax.remove_prefix(std::max<size_t>(size, 1));
  }
  return roles;
}

constexpr auto kRoles = [] {
  std::array<Roles, static_cast<size_t>(Format::kCount)> all{};
  for (size_t i = 0; i < all.size(); ++i) all[i] = read_syntax(kFormats[i].syntax);
  return all;
}();

}  // namespace

Roles roles_of(Op base) noexcept { return kRoles[static_cast<size_t>(info(base).format)]; }

}  // namespace rvx::isa
