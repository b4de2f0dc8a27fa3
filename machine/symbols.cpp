// Symbols of ELF files, read through libelf.
#include "machine/symbols.hpp"

#include <gelf.h>
#include <algorithm>
#include <cstring>
#include <limits>

#include <fmt/format.h>

namespace rvx {
namespace {

// How many symbols before an address are tried when the nearest one has ended already.
constexpr unsigned kMaxStepsBack = 8;

// The section headers and symbols of a file. All numbers in them are hostile.
struct SymbolSection {
  const uint8_t* entries = nullptr;  // Elf64_Sym, perhaps unaligned
  size_t count = 0;
  std::string_view strings;

  [[nodiscard]] Elf64_Sym at(size_t i) const {
    Elf64_Sym symbol;
    std::memcpy(&symbol, entries + i * sizeof symbol, sizeof symbol);
    return symbol;
  }

  // Empty where the name is missing or not terminated.
  [[nodiscard]] std::string_view name(const Elf64_Sym& symbol) const {
    if (symbol.st_name >= strings.size()) return {};
    const std::string_view rest = strings.substr(symbol.st_name);
    const size_t end = rest.find('\0');
    return end == rest.npos ? std::string_view{} : rest.substr(0, end);
  }
};

std::string_view section_bytes(Elf* elf, size_t index) {
  Elf_Scn* section = elf_getscn(elf, index);
  const Elf_Data* data = section != nullptr ? elf_rawdata(section, nullptr) : nullptr;
  if (data == nullptr || data->d_buf == nullptr) return {};
  return {static_cast<const char*>(data->d_buf), data->d_size};
}

SymbolSection find_symbols(Elf* elf) {
  Elf_Scn* best = nullptr;
  GElf_Shdr best_header = {};
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    // Copies: a hostile file's tables need not be aligned.
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    // A stripped program may still have dynamic symbols.
    if (header.sh_type == SHT_SYMTAB || (header.sh_type == SHT_DYNSYM && best == nullptr)) {
      best = section;
      best_header = header;
    }
    if (header.sh_type == SHT_SYMTAB) break;
  }
  SymbolSection symbols;
  if (best == nullptr) return symbols;
  const std::string_view entries = section_bytes(elf, elf_ndxscn(best));
  symbols.entries = reinterpret_cast<const uint8_t*>(entries.data());
  symbols.count = entries.size() / sizeof(Elf64_Sym);
  symbols.strings = section_bytes(elf, best_header.sh_link);
  return symbols;
}

bool is_defined(const Elf64_Sym& symbol) {
  const unsigned type = ELF64_ST_TYPE(symbol.st_info);
  return symbol.st_shndx != SHN_UNDEF && type != STT_SECTION && type != STT_FILE && type != STT_TLS;
}

bool is_absolute(const Elf64_Sym& symbol) { return symbol.st_shndx == SHN_ABS; }

// Assemblers and linkers leave names that say nothing to a reader: "$x", ".L12".
bool is_readable(std::string_view name) {
  return !name.empty() && name[0] != '$' && !name.starts_with(".L");
}

// Of several names for one address the highest is shown.
unsigned rank(const Elf64_Sym& symbol) {
  const unsigned type = ELF64_ST_TYPE(symbol.st_info);
  const bool is_local = ELF64_ST_BIND(symbol.st_info) == STB_LOCAL;
  const unsigned kind = type == STT_FUNC ? 2 : type == STT_OBJECT ? 1 : 0;
  return kind * 2 + (is_local ? 0 : 1);
}

uint64_t saturating_add(uint64_t a, uint64_t b) {
  return a > std::numeric_limits<uint64_t>::max() - b ? std::numeric_limits<uint64_t>::max()
                                                      : a + b;
}

}  // namespace

std::string SymbolOffset::text() const {
  return offset == 0 ? std::string(name) : fmt::format("{}+{:#x}", name, offset);
}

struct SymbolTable::Index {
  explicit Index(const FileBytes& file) {
    elf_version(EV_CURRENT);
    // libelf's interface lacks a const here; it does not write to an image that it only reads.
    elf = elf_memory(reinterpret_cast<char*>(const_cast<uint8_t*>(file.bytes().data())),
                     file.bytes().size());
    if (elf != nullptr && elf_kind(elf) == ELF_K_ELF && gelf_getclass(elf) == ELFCLASS64) {
      symbols = find_symbols(elf);
    }
  }
  ~Index() { elf_end(elf); }
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  void sort(uint64_t bias);

  Elf* elf = nullptr;  // owns what `symbols` points to
  SymbolSection symbols;
  std::once_flag sort_once;
  std::vector<Symbol> sorted;  // with size != 0: labels reach to the end of their section
};

void SymbolTable::Index::sort(uint64_t bias) {
  struct Ranked {
    Symbol symbol;
    unsigned rank;
  };
  std::vector<Ranked> ranked;
  for (size_t i = 0; i < symbols.count; ++i) {
    const Elf64_Sym symbol = symbols.at(i);
    if (!is_defined(symbol) || symbol.st_shndx >= SHN_LORESERVE) continue;
    const std::string_view name = symbols.name(symbol);
    if (!is_readable(name)) continue;
    uint64_t size = symbol.st_size;
    if (size == 0) {
      Elf_Scn* section = elf_getscn(elf, symbol.st_shndx);
      GElf_Shdr header;
      if (section == nullptr || gelf_getshdr(section, &header) == nullptr) continue;
      const uint64_t end = saturating_add(header.sh_addr, header.sh_size);
      if (end <= symbol.st_value) continue;
      size = end - symbol.st_value;
    }
    ranked.push_back({{name, symbol.st_value + bias, size}, rank(symbol)});
  }
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    if (a.symbol.address != b.symbol.address) return a.symbol.address < b.symbol.address;
    if (a.rank != b.rank) return a.rank < b.rank;
    return a.symbol.name > b.symbol.name;  // so that the choice does not hang on file order
  });
  sorted.reserve(ranked.size());
  for (const Ranked& entry : ranked) sorted.push_back(entry.symbol);
}

SymbolTable::SymbolTable(std::shared_ptr<const FileBytes> file, uint64_t bias,
                         std::vector<AddressMapping> mappings)
    : file_(std::move(file)), bias_(bias), mappings_(std::move(mappings)) {}

SymbolTable::~SymbolTable() = default;

SymbolTable::Index& SymbolTable::index() const {
  std::call_once(once_, [this] { index_ = std::make_unique<Index>(*file_); });
  return *index_;
}

std::optional<Symbol> SymbolTable::find(std::string_view name) const {
  const SymbolSection& symbols = index().symbols;
  std::optional<Symbol> local;
  for (size_t i = 0; i < symbols.count; ++i) {
    const Elf64_Sym symbol = symbols.at(i);
    if (!is_defined(symbol) || symbols.name(symbol) != name) continue;
    const Symbol found = {symbols.name(symbol), symbol.st_value + (is_absolute(symbol) ? 0 : bias_),
                          symbol.st_size};
    if (ELF64_ST_BIND(symbol.st_info) != STB_LOCAL) return found;
    if (!local) local = found;
  }
  return local;
}

std::optional<uint64_t> SymbolTable::find_physical(std::string_view name) const {
  const auto symbol = find(name);
  if (!symbol) return std::nullopt;
  for (const AddressMapping& mapping : mappings_) {
    const uint64_t offset = symbol->address - mapping.virt;
    if (offset < mapping.size) return mapping.phys + offset;
  }
  return symbol->address;
}

std::span<const Symbol> SymbolTable::sorted() const {
  Index& all = index();
  std::call_once(all.sort_once, [this, &all] { all.sort(bias_); });
  return all.sorted;
}

std::optional<SymbolOffset> SymbolTable::lookup(uint64_t address) const {
  const std::span<const Symbol> symbols = sorted();
  auto next = std::upper_bound(symbols.begin(), symbols.end(), address,
                               [](uint64_t value, const Symbol& s) { return value < s.address; });
  for (unsigned step = 0; step < kMaxStepsBack && next != symbols.begin(); ++step) {
    const Symbol& candidate = *--next;
    const uint64_t offset = address - candidate.address;
    if (offset < candidate.size) return SymbolOffset{candidate.name, offset};
  }
  return std::nullopt;
}

std::optional<SymbolOffset> SymbolTable::symbolise(uint64_t address) const {
  if (auto found = lookup(address)) return found;
  for (const AddressMapping& mapping : mappings_) {
    const uint64_t offset = address - mapping.phys;
    if (offset < mapping.size && mapping.virt != mapping.phys) return lookup(mapping.virt + offset);
  }
  return std::nullopt;
}

std::optional<Symbol> Symbols::find(std::string_view name) const {
  for (auto table = tables_.rbegin(); table != tables_.rend(); ++table) {
    if (auto found = (*table)->find(name)) return found;
  }
  return std::nullopt;
}

std::optional<uint64_t> Symbols::find_physical(std::string_view name) const {
  for (auto table = tables_.rbegin(); table != tables_.rend(); ++table) {
    if (auto found = (*table)->find_physical(name)) return found;
  }
  return std::nullopt;
}

std::optional<SymbolOffset> Symbols::symbolise(uint64_t address) const {
  std::optional<SymbolOffset> best;
  for (const auto& table : tables_) {
    const auto found = table->symbolise(address);
    if (found && (!best || found->offset < best->offset)) best = found;
  }
  return best;
}

}  // namespace rvx
