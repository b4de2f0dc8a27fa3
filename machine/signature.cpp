// A test's signature: the memory between two symbols, as text.
#include "machine/signature.hpp"

#include <fmt/format.h>

namespace rvx {

Result<std::string> signature_text(Machine& machine, unsigned granularity) {
  const SymbolTable* symbols = machine.images().program_symbols.get();
  std::optional<uint64_t> begin, end;
  if (symbols != nullptr) {
    begin = symbols->find_physical("begin_signature");
    end = symbols->find_physical("end_signature");
  }
  if (!begin || !end)
    return usage_error(
        "no signature can be written: the program has no symbols begin_signature and "
        "end_signature; leave --signature away");
  if (*end < *begin || !machine.ram().contains(*begin, *end - *begin))
    return usage_error(
        fmt::format("no signature can be written: begin_signature {:#x} and end_signature {:#x} do "
                    "not enclose RAM",
                    *begin, *end));

  static constexpr char kHex[] = "0123456789abcdef";
  const uint8_t* bytes = machine.ram().at(*begin);
  const uint64_t size = *end - *begin;
  std::string text;
  text.reserve(2 * size + size / granularity + 1);
  for (uint64_t line = 0; line < size; line += granularity) {
    for (uint64_t i = line + granularity; i-- > line;) {
      const uint8_t byte = i < size ? bytes[i] : 0;
      text += {kHex[byte >> 4], kHex[byte & 15]};
    }
    text += '\n';
  }
  return text;
}

}  // namespace rvx
