// Reads the flattened device tree in one pass, by the names that QEMU's virt board and rvx give to nodes.
#include "kernel/device_tree.hpp"

#include "kernel/console.hpp"
#include "kernel/pages.hpp"

Platform platform;

namespace {

enum Token : uint32_t { kBeginNode = 1, kEndNode = 2, kProperty = 3, kNop = 4, kEnd = 9 };

uint32_t word(const void* from) { return __builtin_bswap32(*static_cast<const uint32_t*>(from)); }
uint64_t number(const uint8_t* data, uint32_t size) {
  return size >= 8 ? static_cast<uint64_t>(word(data)) << 32 | word(data + 4) : word(data);
}

// Whether a list of strings, or "rv64imac_a_b", has one as a whole word.
bool has_word(const uint8_t* data, uint32_t size, const char* wanted) {
  const size_t length = strlen(wanted);
  for (uint32_t i = 0; i + length < size; ++i) {
    const char after = static_cast<char>(data[i + length]);
    const bool begins = i == 0 || data[i - 1] == '_' || data[i - 1] == 0;
    if (begins && (after == 0 || after == '_') && !memcmp(data + i, wanted, length)) return true;
  }
  return false;
}

struct Reader {
  char node[8][40] = {};  // names from the root down to where we are
  unsigned depth = 0;
  const uint8_t* plic_wires = nullptr;
  uint32_t plic_wires_size = 0;

  bool is_in(unsigned level, const char* start) const { return depth > level && starts_with(node[level], start); }

  void property(const char* name, const uint8_t* data, uint32_t size) {
    if (is_in(1, "chosen")) {
      if (equal(name, "bootargs")) copy_string(platform.arguments, reinterpret_cast<const char*>(data), sizeof platform.arguments);
      if (equal(name, "linux,initrd-start")) platform.initrd_start = number(data, size);
      if (equal(name, "linux,initrd-end")) platform.initrd_end = number(data, size);
    } else if (is_in(1, "memory@")) {
      if (equal(name, "reg") && !platform.memory_end) {
        platform.memory_start = number(data, 8);
        platform.memory_end = platform.memory_start + number(data + 8, 8);
      }
    } else if (is_in(1, "cpus")) {
      cpu_property(name, data, size);
    } else if (is_in(2, "virtio_mmio@") && platform.virtio_count < kMaxVirtio) {
      auto& slot = platform.virtio[platform.virtio_count];
      if (equal(name, "reg")) slot.base = number(data, 8);
      if (equal(name, "interrupts")) slot.interrupt = word(data);
    } else if (is_in(2, "test@")) {
      if (equal(name, "reg")) platform.finisher = number(data, 8);
    } else if (is_in(2, "plic@")) {
      if (equal(name, "reg")) platform.plic = number(data, 8);
      if (equal(name, "interrupts-extended")) plic_wires = data, plic_wires_size = size;
    }
  }

  void cpu_property(const char* name, const uint8_t* data, uint32_t size) {
    if (equal(name, "timebase-frequency")) platform.timebase = number(data, size);
    if (!is_in(2, "cpu@") || platform.hart_count == kMaxHarts) return;
    auto& hart = platform.harts[platform.hart_count];
    if (depth == 3 && equal(name, "reg")) hart.id = number(data, size);
    if (equal(name, "riscv,isa") || equal(name, "riscv,isa-extensions")) platform.has_sstc |= has_word(data, size, "sstc");
    if (depth == 4 && equal(name, "phandle")) hart.interrupt_controller = word(data);
  }

  void node_ends() {
    --depth;
    if (depth == 2 && starts_with(node[1], "cpus") && starts_with(node[2], "cpu@") && platform.hart_count < kMaxHarts) ++platform.hart_count;
    if (depth == 2 && starts_with(node[2], "virtio_mmio@") && platform.virtio_count < kMaxVirtio) ++platform.virtio_count;
  }

  // The PLIC's contexts are its wires to harts, in their order: pairs of a hart's interrupt controller and a cause.
  void find_plic_contexts() {
    for (uint32_t i = 0; i + 8 <= plic_wires_size; i += 8) {
      for (unsigned hart = 0; hart < platform.hart_count; ++hart) {
        const bool is_s_mode = word(plic_wires + i + 4) == (kSupervisorExternal & 0xff);
        if (is_s_mode && word(plic_wires + i) == platform.harts[hart].interrupt_controller) platform.harts[hart].plic_context = static_cast<int>(i / 8);
      }
    }
  }
};

}  // namespace

void read_device_tree(uint64_t physical) {
  const auto* tree = at_physical<const uint8_t>(physical);
  if (word(tree) != 0xd00dfeed) panic("no device tree at %x", physical);
  platform.tree_start = physical;
  platform.tree_end = physical + word(tree + 4);
  const uint8_t* at = tree + word(tree + 8);
  const char* strings = reinterpret_cast<const char*>(tree + word(tree + 12));
  Reader reader;
  for (;;) {
    const uint32_t token = word(at);
    at += 4;
    if (token == kBeginNode) {
      const char* name = reinterpret_cast<const char*>(at);
      if (reader.depth == 8) panic("the device tree is deeper than expected");
      copy_string(reader.node[reader.depth++], name, sizeof reader.node[0]);
      at += (strlen(name) + 4) & ~3ull;
    } else if (token == kEndNode) {
      reader.node_ends();
    } else if (token == kProperty) {
      const uint32_t size = word(at);
      reader.property(strings + word(at + 4), at + 8, size);
      at += 8 + ((size + 3) & ~3u);
    } else if (token == kEnd) {
      break;
    }
  }
  reader.find_plic_contexts();
}
