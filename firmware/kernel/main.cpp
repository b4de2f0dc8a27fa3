// The kernel's beginning: boot arguments, memory, harts, the first process.
#include "kernel/console.hpp"
#include "kernel/lock.hpp"
#include "kernel/process.hpp"
#include "kernel/sbi.hpp"
#include "kernel/scheduler.hpp"
#include "kernel/virtio_block.hpp"

extern "C" char kernel_end[], _start_secondary[], kernel_page_table[];

namespace {

constexpr uint64_t kBootStackPages = 4;

struct Options {
  uint64_t tick = 10000;  // microseconds
  uint64_t asid_bits = 16;
  uint64_t most_harts = kMaxHarts;
  char program[256] = {};  // and its arguments: strings behind each other
  uint64_t program_size = 0, program_words = 0;
};

// Words of the boot arguments: tick=MICROSECONDS asids=BITS flush=all harts=N, and last run=PROGRAM ARGUMENTS...
Options read_options(const char* text) {
  Options options;
  bool is_program = false;
  while (*text) {
    while (*text == ' ') ++text;
    char word[128];
    unsigned size = 0;
    for (; *text && *text != ' '; ++text)
      if (size + 1 < sizeof word) word[size++] = *text;
    word[size] = 0;
    if (!size) break;
    const char* argument = is_program ? word : nullptr;
    if (is_program) {}
    else if (starts_with(word, "tick=")) options.tick = parse_number(word + 5);
    else if (starts_with(word, "asids=")) options.asid_bits = parse_number(word + 6);
    else if (starts_with(word, "harts=")) options.most_harts = parse_number(word + 6);
    else if (equal(word, "flush=all")) address_space_options.flushes_kernel = true;
    else if (starts_with(word, "run=")) is_program = true, argument = word + 4;
    else panic("unknown boot argument '%s': there are tick= asids= flush=all harts= run=", word);
    if (!argument) continue;
    const uint64_t length = strlen(argument) + 1;
    if (options.program_size + length > sizeof options.program) panic("the program's arguments are too long");
    memcpy(options.program + options.program_size, argument, length);
    options.program_size += length;
    ++options.program_words;
  }
  if (!options.program_words) panic("no program to run: run=PROGRAM is missing in the boot arguments");
  if (options.tick < 10) panic("a tick of less than 10 microseconds would leave no time for anything else");
  return options;
}

void begin_memory() {
  uint64_t start = physical_of(kernel_end);
  if (platform.memory_end <= start) panic("the device tree tells of no memory");
  // The page bitmap comes first, so nothing else may be there.
  const uint64_t bitmap = page_bitmap_size(start, platform.memory_end);
  const uint64_t ranges[][2] = {{platform.tree_start, platform.tree_end}, {platform.initrd_start, platform.initrd_end}};
  for (unsigned i = 0; i < 2; ++i)  // either may lie behind the other
    for (const auto& range : ranges)
      if (start < range[1] && range[0] < start + bitmap) start = page_up(range[1]);
  pages_begin(start, platform.memory_end);
  pages_reserve(platform.tree_start, platform.tree_end);
  pages_reserve(platform.initrd_start, platform.initrd_end);
}

// What every hart does for itself before it runs threads.
void begin_hart(Hart& hart) {
  asm volatile("mv tp, %0" ::"r"(&hart));
  CSR_CLEAR(sstatus, kSIE | kSPP | kFS | kSUM);
  CSR_WRITE(scounteren, 7);  // programs may read cycle, time and instret
  hart.satp = CSR_READ(satp);
  hart.armed = 0;
  set_timer();
  CSR_WRITE(sie, kSSI | kSTI);
}

unsigned boot_index(uint64_t boot_id) {
  for (unsigned i = 0; i < platform.hart_count; ++i)
    if (platform.harts[i].id == boot_id) return i;
  panic("hart %u, on which this runs, is not in the device tree", boot_id);
}

void start_harts(uint64_t boot_id, uint64_t most) {
  for (unsigned i = 0; i < platform.hart_count; ++i) {
    harts[i].number = i;
    harts[i].id = platform.harts[i].id;
  }
  hart_count = platform.hart_count;
  // Numbers are the device tree's order; fewer harts than there are: the boot hart must be among them.
  if (most && most < hart_count) hart_count = static_cast<unsigned>(most);
  const unsigned index = boot_index(boot_id), boot = index < hart_count ? index : 0;
  harts[boot].id = boot_id;
  platform.harts[boot] = platform.harts[index];
  begin_hart(harts[boot]);
  for (unsigned i = 0; i < hart_count; ++i) {
    if (i == boot) continue;
    harts[i].boot_stack = reinterpret_cast<uint64_t>(at_physical<char>(allocate_pages(kBootStackPages))) + kBootStackPages * kPage;
    const SbiResult result = sbi_start_hart(harts[i].id, physical_of(_start_secondary), reinterpret_cast<uint64_t>(&harts[i]));
    if (result.error) panic("hart %u does not start: SBI error %d", harts[i].id, result.error);
  }
}

}  // namespace

extern "C" [[noreturn]] void secondary_main(Hart* hart) {
  begin_hart(*hart);
  kernel_lock.take();
  run_hart();
}

extern "C" [[noreturn]] void kernel_main(uint64_t boot_id, uint64_t tree) {
  kernel_lock.take();
  read_device_tree(tree);
  const Options options = read_options(platform.arguments);
  begin_memory();
  probe_asids(options.asid_bits);
  scheduler_options.tick = options.tick * platform.timebase / 1000000;
  start_harts(boot_id, options.most_harts);
  disk_begin();
  print("kernel: harts %u, memory %u MiB, ASIDs %u, tick %u us\n", static_cast<uint64_t>(hart_count), free_page_count() / 256,
        address_space_options.asid_count, options.tick);
  if (spawn(nullptr, options.program, options.program_size, options.program_words) < 0) panic("cannot run '%s' of the initrd", options.program);
  run_hart();
}
