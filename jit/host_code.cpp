// Host code as text, through Capstone.
#include "jit/host_code.hpp"

#include <capstone/capstone.h>

#include <cstdlib>

#include <fmt/format.h>

namespace rvx::jit {
namespace {

// The first number in hexadecimal of an instruction's operands; 0 where there is none.
uint64_t number_in(std::string_view operands) {
  const size_t at = operands.find("0x");
  return at == std::string_view::npos ? 0 : std::strtoull(std::string(operands.substr(at)).c_str(), nullptr, 16);
}

}  // namespace

std::string host_code_text(std::span<const uint8_t> bytes, uint64_t address, std::string_view indent,
                           const std::function<std::string(uint64_t)>& name_of) {
  csh engine = 0;
  if (cs_open(CS_ARCH_X86, CS_MODE_64, &engine) != CS_ERR_OK) return {};
  // Constants stand between code: what is none is passed over.
  cs_option(engine, CS_OPT_SKIPDATA, CS_OPT_ON);
  cs_insn* insn = cs_malloc(engine);
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  std::string text;
  while (cs_disasm_iter(engine, &at, &left, &address, insn)) {
    const uint64_t number = number_in(insn->op_str);
    const std::string name = number != 0 ? name_of(number) : std::string();
    text += fmt::format("{}{:x}  {} {}{}{}\n", indent, insn->address, insn->mnemonic, insn->op_str, name.empty() ? "" : "  ; ", name);
  }
  cs_free(insn, 1);
  cs_close(&engine);
  return text;
}

}  // namespace rvx::jit
