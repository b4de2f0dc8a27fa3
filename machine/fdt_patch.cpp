// Device trees that the user brings: checked, and /chosen filled in.
#include <fmt/format.h>
#include <libfdt.h>

#include "machine/byte_size.hpp"
#include "machine/fdt.hpp"

namespace rvx {
namespace {

Error bad_dtb(const std::string& name, const std::string& why) {
  return unusable_error(
      fmt::format("{} is not a usable device tree; {}; make it with dtc -O dtb", name, why));
}

// Set a property of the node, or leave it alone where there is nothing to set.
int set_bytes(std::vector<uint8_t>& tree, int node, const char* name, const void* value,
              size_t size) {
  return size == 0 ? 0 : fdt_setprop(tree.data(), node, name, value, static_cast<int>(size));
}

int fill_chosen(std::vector<uint8_t>& tree, const FdtChosen& chosen) {
  int node = fdt_path_offset(tree.data(), "/chosen");
  if (node == -FDT_ERR_NOTFOUND) node = fdt_add_subnode(tree.data(), 0, "chosen");
  if (node < 0) return node;
  int status = 0;
  if (!chosen.bootargs.empty()) {
    status = fdt_setprop_string(tree.data(), node, "bootargs", chosen.bootargs.c_str());
  }
  if (status == 0 && !chosen.initrd.is_empty()) {
    status = fdt_setprop_u64(tree.data(), node, "linux,initrd-start", chosen.initrd.base);
    if (status == 0) {
      status = fdt_setprop_u64(tree.data(), node, "linux,initrd-end", chosen.initrd.end());
    }
  }
  if (status == 0) {
    status = set_bytes(tree, node, "rng-seed", chosen.rng_seed.data(), chosen.rng_seed.size());
  }
  return status;
}

}  // namespace

Outcome check_dtb(std::span<const uint8_t> dtb, const std::string& name) {
  if (dtb.size() < sizeof(fdt_header)) return bad_dtb(name, "it ends within its header");
  if (dtb.size() > kMaxDtbBytes) {
    return bad_dtb(name, fmt::format("it is larger than {}", byte_size_text(kMaxDtbBytes)));
  }
  // libfdt reads its numbers in place.
  const std::vector<uint8_t> aligned(dtb.begin(), dtb.end());
  const int status = fdt_check_full(aligned.data(), aligned.size());
  if (status != 0) return bad_dtb(name, fmt::format("libfdt says {}", fdt_strerror(status)));
  return std::monostate{};
}

Result<std::vector<uint8_t>> patch_dtb(std::span<const uint8_t> dtb, const std::string& name,
                                       const FdtChosen& chosen) {
  auto checked = check_dtb(dtb, name);
  if (!checked) return checked.error();
  const std::vector<uint8_t> original(dtb.begin(), dtb.end());
  std::vector<uint8_t> tree(original.size() + chosen.bootargs.size() + chosen.rng_seed.size() +
                            kKiB);
  int status = fdt_open_into(original.data(), tree.data(), static_cast<int>(tree.size()));
  if (status == 0) status = fill_chosen(tree, chosen);
  if (status == 0) status = fdt_pack(tree.data());
  if (status != 0) return bad_dtb(name, fmt::format("libfdt says {}", fdt_strerror(status)));
  tree.resize(fdt_totalsize(tree.data()));
  if (tree.size() > kMaxDtbBytes) {
    return bad_dtb(name, fmt::format("with /chosen it exceeds {}", byte_size_text(kMaxDtbBytes)));
  }
  return tree;
}

}  // namespace rvx
