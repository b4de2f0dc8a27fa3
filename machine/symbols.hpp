// Symbols of ELF files: addresses by name, and names for addresses.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/file_bytes.hpp"

namespace rvx {

struct Symbol {
  std::string_view name;  // valid as long as its table
  uint64_t address = 0;   // as linked, plus the bias: virtual where virtual and physical differ
  uint64_t size = 0;      // bytes, 0 = not known
};

// An address as a name and a distance in bytes.
struct SymbolOffset {
  std::string_view name;  // valid as long as its table
  uint64_t offset = 0;

  // "main+0x1c"; "main" at its first byte.
  [[nodiscard]] std::string text() const;
};

// Where a piece of a file went: for programs whose virtual addresses are not the physical ones.
struct AddressMapping {
  uint64_t virt = 0;
  uint64_t phys = 0;
  uint64_t size = 0;  // bytes
};

// The symbols of one ELF file. Nothing is read before the first question, so a program that
// nobody looks into pays nothing. Safe to use from several threads.
class SymbolTable {
 public:
  // `bias` is added to all that is not absolute. A damaged or missing symbol table counts as empty.
  SymbolTable(std::shared_ptr<const FileBytes> file, uint64_t bias,
              std::vector<AddressMapping> mappings);
  ~SymbolTable();

  // A symbol that the file defines, global ones first.
  [[nodiscard]] std::optional<Symbol> find(std::string_view name) const;

  // The same as a physical address.
  [[nodiscard]] std::optional<uint64_t> find_physical(std::string_view name) const;

  // The function, object or label that holds `address` (virtual; physical works too where no
  // virtual address fits).
  [[nodiscard]] std::optional<SymbolOffset> symbolise(uint64_t address) const;

  // Everything symbolise() knows, by address.
  [[nodiscard]] std::span<const Symbol> sorted() const;

 private:
  struct Index;
  Index& index() const;
  [[nodiscard]] std::optional<SymbolOffset> lookup(uint64_t address) const;

  std::shared_ptr<const FileBytes> file_;
  uint64_t bias_;
  std::vector<AddressMapping> mappings_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<Index> index_;
};

// The symbols of all that was loaded: firmware, kernel, programs.
class Symbols {
 public:
  void add(std::shared_ptr<const SymbolTable> table) { tables_.push_back(std::move(table)); }
  [[nodiscard]] bool is_empty() const noexcept { return tables_.empty(); }

  // Later tables win.
  [[nodiscard]] std::optional<Symbol> find(std::string_view name) const;
  [[nodiscard]] std::optional<uint64_t> find_physical(std::string_view name) const;

  // The nearest name of any table.
  [[nodiscard]] std::optional<SymbolOffset> symbolise(uint64_t address) const;

 private:
  std::vector<std::shared_ptr<const SymbolTable>> tables_;
};

}  // namespace rvx
