// Firmware, kernels, initrds and device trees: opened, placed, loaded.
#include "machine/image_loader.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "machine/cpio.hpp"
#include "machine/gunzip.hpp"
#include "machine/ram_fill.hpp"

namespace rvx {
namespace {

// What stands for the initrd in the tree whose size has to be known before addresses are.
constexpr PhysRange kSomewhere = {1, 1};

// An image and, for ELF, where it goes.
struct Part {
  std::optional<Image> image;
  std::optional<ElfPlacement> placement;

  [[nodiscard]] bool is_given() const { return image.has_value(); }
};

Outcome open_part(const std::string& path, PhysRange ram, uint64_t movable_base, Part& part) {
  if (path.empty()) return std::monostate{};
  auto image = Image::open(path, ram.size);
  if (!image) return image.error();
  part.image = std::move(*image);
  if (const ElfFile* elf = part.image->elf()) {
    auto placement = elf->place({ram, movable_base});
    if (!placement) return placement.error();
    part.placement = std::move(*placement);
  }
  return std::monostate{};
}

// Returns the physical entry point. `base` is for images that are not ELF.
Result<uint64_t> load_part(Ram& ram, Part& part, uint64_t base, BootImages& boot) {
  if (!part.placement) {
    copy_to_ram(ram, base, part.image->bytes());
    return base;
  }
  ElfPlacement& placement = *part.placement;
  auto loaded = part.image->elf()->load(ram, placement);
  if (!loaded) return loaded.error();
  boot.program_symbols = part.image->elf()->symbols(placement);
  boot.symbols.add(boot.program_symbols);
  boot.notes.insert(boot.notes.end(), placement.notes.begin(), placement.notes.end());
  // An entry point of the kernel's virtual addresses belongs to boot loaders that have the MMU on;
  // firmware enters at the first byte.
  return placement.entry_was_virtual ? placement.range.base : placement.entry;
}

// The initrd's pieces, one after the other in RAM.
struct Initrd {
  std::shared_ptr<const FileBytes> file;  // may be nullptr
  std::span<const uint8_t> extra;

  [[nodiscard]] uint64_t extra_offset() const {
    if (file == nullptr) return 0;
    const uint64_t size = file->bytes().size();
    return extra.empty() ? size : size + cpio_padding(size);
  }
  [[nodiscard]] uint64_t size() const { return extra_offset() + extra.size(); }
};

void load_initrd(Ram& ram, const Initrd& initrd, PhysRange place) {
  if (initrd.file != nullptr) {
    const auto bytes = initrd.file->bytes();
    copy_to_ram(ram, place.base, bytes);
    zero_ram(ram, {place.base + bytes.size(), initrd.extra_offset() - bytes.size()});
  }
  copy_to_ram(ram, place.base + initrd.extra_offset(), initrd.extra);
}

// The tree to hand over: generated, or the user's with /chosen filled in.
class TreeSource {
 public:
  static Result<TreeSource> open(const BootRequest& request, uint64_t ram_size) {
    TreeSource source;
    source.input_ = request.fdt;
    source.input_.ram_size = ram_size;
    if (!request.dtb.empty()) {
      auto file = FileBytes::open(request.dtb, kMaxDtbBytes);
      if (!file) return file.error();
      source.file_ = std::move(*file);
    }
    return source;
  }

  Result<std::vector<uint8_t>> make(PhysRange initrd) {
    input_.chosen.initrd = initrd;
    return file_ == nullptr ? make_dtb(input_)
                            : patch_dtb(file_->bytes(), file_->name(), input_.chosen);
  }

 private:
  FdtInput input_;
  std::shared_ptr<const FileBytes> file_;
};

std::vector<PhysRange> parts_of(const Part& part) {
  std::vector<PhysRange> parts;
  if (part.placement) {
    for (const PlacedSegment& segment : part.placement->segments) parts.push_back(segment.range);
  }
  return parts;
}

LayoutInput layout_input(const BootRequest& request, const Part& firmware, const Part& kernel,
                         const Initrd& initrd, PhysRange ram) {
  LayoutInput in;
  in.board = request.fdt.board;
  in.ram_size = ram.size;
  if (firmware.is_given()) {
    in.firmware_name = firmware.image->name();
    in.firmware_parts = parts_of(firmware);
    in.firmware = firmware.placement ? firmware.placement->range
                                     : PhysRange{ram.base, firmware.image->memory_size()};
  }
  if (kernel.is_given()) {
    in.kernel_name = kernel.image->name();
    in.kernel_parts = parts_of(kernel);
    in.kernel_size = kernel.image->memory_size();
    if (kernel.placement) {
      in.kernel_fixed = kernel.placement->range;
      in.kernel_size = in.kernel_fixed.size;
    }
    if (kernel.image->format() == ImageFormat::kLinux) {
      in.kernel_text_offset = kernel.image->linux_header().text_offset;
    }
  }
  in.initrd_size = initrd.size();
  in.initrd_name = initrd.file != nullptr ? initrd.file->name() : "the archive for the initramfs";
  return in;
}

}  // namespace

Result<Image> Image::open(const std::string& path, uint64_t max_bytes) {
  auto file = FileBytes::open(path);
  if (!file) return file.error();
  return parse(std::move(*file), max_bytes);
}

Result<Image> Image::parse(std::shared_ptr<const FileBytes> file, uint64_t max_bytes) {
  Image image;
  const auto zboot = find_zboot_payload(file->bytes());
  const auto packed = zboot.empty() ? file->bytes() : zboot;
  if (is_gzip(packed)) {
    auto unpacked = gunzip(packed, max_bytes, file->name());
    if (!unpacked) return unpacked.error();
    if (is_gzip(*unpacked)) {
      return unusable_error(
          fmt::format("{} is packed with gzip more than once; rvx unpacks one "
                      "layer; use gzip -d first",
                      file->name()));
    }
    image.was_compressed_ = true;
    file = FileBytes::from_memory(file->name(), std::move(*unpacked));
  }
  image.file_ = file;
  if (is_elf(image.bytes())) {
    auto elf = ElfFile::parse(file);
    if (!elf) return elf.error();
    image.elf_ = std::move(*elf);
    image.format_ = ImageFormat::kElf;
    return image;
  }
  if (auto error = refuse_foreign(image.bytes(), image.name())) return *error;
  if (const auto header = find_linux_header(image.bytes())) {
    image.header_ = *header;
    image.format_ = ImageFormat::kLinux;
  }
  if (image.bytes().empty()) {
    return unusable_error(
        fmt::format("{} is empty; there is nothing to load; build or copy it "
                    "again",
                    image.name()));
  }
  return image;
}

uint64_t Image::memory_size() const noexcept {
  return std::max<uint64_t>(bytes().size(), header_.image_size);
}

Result<BootImages> load_boot_images(Ram& ram, const BootRequest& request) {
  if (request.firmware.empty() && request.kernel.empty()) {
    return usage_error(
        "there is nothing to run; neither firmware nor a kernel is given; use "
        "--kernel FILE or --bios FILE");
  }
  const PhysRange all = {ram.base(), ram.size()};
  Part firmware;
  Part kernel;
  auto opened = open_part(request.firmware, all, all.base, firmware);
  if (!opened) return opened.error();
  opened = open_part(request.kernel, all,
                     all.base + (firmware.is_given() ? request.fdt.board->next_stage : 0), kernel);
  if (!opened) return opened.error();
  Initrd initrd = {nullptr, request.initrd_extra};
  if (!request.initrd.empty()) {
    auto file = FileBytes::open(request.initrd);
    if (!file) return file.error();
    initrd.file = std::move(*file);
  }
  auto tree = TreeSource::open(request, ram.size());
  if (!tree) return tree.error();

  LayoutInput input = layout_input(request, firmware, kernel, initrd, all);
  auto draft = tree->make(input.initrd_size == 0 ? PhysRange{} : kSomewhere);
  if (!draft) return draft.error();
  input.dtb_size = draft->size();
  auto layout = plan_layout(input);
  if (!layout) return layout.error();
  auto dtb = tree->make(layout->initrd);
  if (!dtb) return dtb.error();

  BootImages boot;
  boot.layout = *layout;
  boot.firmware = input.firmware;
  boot.dtb = std::move(*dtb);
  if (firmware.is_given()) {
    auto entry = load_part(ram, firmware, all.base, boot);
    if (!entry) return entry.error();
    boot.entry = *entry;
  }
  if (kernel.is_given()) {
    boot.program_symbols = nullptr;
    auto entry = load_part(ram, kernel, layout->kernel.base, boot);
    if (!entry) return entry.error();
    (firmware.is_given() ? boot.next_entry : boot.entry) = *entry;
    if (!firmware.is_given() && kernel.image->format() == ImageFormat::kLinux) {
      boot.notes.push_back(one_line(fmt::format(
          "{} is a Linux kernel and there is no firmware; unless it was built for M-mode it needs "
          "one",
          kernel.image->name())));
    }
  }
  if (layout->kernel_covers_fw_jump_dtb && request.firmware.find("fw_jump") != std::string::npos) {
    boot.notes.push_back(one_line(fmt::format(
        "{} will copy the device tree into {}, which is larger than it expects; use fw_dynamic",
        firmware.image->name(), kernel.image->name())));
  }
  load_initrd(ram, initrd, layout->initrd);
  copy_to_ram(ram, layout->dtb.base, boot.dtb);
  return boot;
}

}  // namespace rvx
