// Processes and their threads: beginning and ending them, and entering their address spaces.
#include "kernel/process.hpp"

#include "kernel/console.hpp"
#include "kernel/elf.hpp"
#include "kernel/file.hpp"
#include "kernel/later_read.hpp"
#include "kernel/lock.hpp"
#include "kernel/run_log.hpp"
#include "kernel/sbi.hpp"
#include "kernel/scheduler.hpp"
#include "kernel/wait.hpp"

AddressSpaceOptions address_space_options;

extern "C" uint64_t kernel_page_table[512];
extern "C" void thread_start();

namespace {

Process processes[kMaxProcesses];
unsigned next_thread_id = 1;

uint64_t satp_of(uint64_t root, uint64_t asid) { return kSv39 << 60 | asid << 44 | root >> 12; }

Process* create_process(Process* parent) {
  for (unsigned i = 0; i < kMaxProcesses; ++i) {
    Process& process = processes[i];
    if (process.id) continue;
    process = Process{};
    if (!process.space.create()) return nullptr;
    process.id = i + 1;
    process.parent = parent;
    process.heap = kUserHeap;
    process.weight = parent ? parent->weight : kDefaultWeight;
    process.cap = parent ? parent->cap : 0;
    // ASIDs follow the slot; those that the machine does not have share 0, which is fenced at each switch.
    process.asid = process.id < address_space_options.asid_count ? process.id : 0;
    process.stale_harts = ~0ull;
    for (unsigned file = 0; file < kMaxDescriptors; ++file) process.files[file] = parent ? share_file(parent->files[file]) : nullptr;
    return &process;
  }
  return nullptr;
}

void free_process(Process& process) {
  process.space.destroy();
  process.id = 0;
}

// Everything but the struct itself, which keeps the status until the parent has asked.
void dismantle(Process& process) {
  for (File*& file : process.files) close_file(file), file = nullptr;
  abandon_reads(process);
  forget_runs(process);
  enter_address_space(nullptr);
  process.space.destroy();
  for (Process& child : processes) {
    if (!child.id || child.parent != &process) continue;
    child.parent = nullptr;
    if (child.has_ended) child.id = 0;
  }
  process.has_ended = true;
  emit(Event::kProcessEnd, 0, process.id, 0, static_cast<uint64_t>(process.status));
  if (process.id == 1) {
    if (process.status) print("kernel: the first process ended with status %d\n", process.status);
    power_off(process.status & 255 ? static_cast<uint64_t>(process.status & 255) : process.status != 0);
  }
  if (process.parent) wake(channel_of(&process));
  else process.id = 0;
}

void tell_name(const Process& process) {
  uint64_t name;
  memcpy(&name, process.name, 8);
  emit(Event::kProcessName, 0, process.id, 0, name);
}

}  // namespace

void probe_asids(uint64_t most_bits) {
  // Bits that are not implemented read as zero. Only this kernel's own global pages are in use, so any ASID will do.
  const uint64_t satp = CSR_READ(satp);
  CSR_WRITE(satp, satp | 0xffffull << 44);
  const uint64_t all = CSR_READ(satp) >> 44 & 0xffff;
  CSR_WRITE(satp, satp);
  const uint64_t count = all + 1;
  address_space_options.asid_count = most_bits < 16 && 1ull << most_bits < count ? 1ull << most_bits : count;
}

void enter_address_space(Process* process) {
  Hart& hart = this_hart();
  const uint64_t satp = process ? satp_of(process->space.root(), process->asid) : satp_of(physical_of(kernel_page_table), 0);
  const uint64_t bit = 1ull << hart.number;
  const bool is_stale = process && process->stale_harts & bit;
  if (satp == hart.satp && !is_stale) return;
  CSR_WRITE(satp, satp);
  hart.satp = satp;
  if (!process) return;  // whatever is left over of the lower half, the kernel does not look there
  if (process->asid && !is_stale) return;
  if (is_stale) fence_i();  // its code was written as data, maybe by another hart
  process->stale_harts &= ~bit;
  fence_address_space(*process);
}

void fence_address_space(Process& process) {
  // With rs2 = x0 the fence would take global translations along; a register that holds 0 means ASID 0.
  if (!process.asid && address_space_options.flushes_kernel) sfence_vma();
  else asm volatile("sfence.vma x0, %0" ::"r"(process.asid) : "memory");
}

Thread* create_thread(Process& process, uint64_t entry, uint64_t stack, uint64_t argument0, uint64_t argument1) {
  const uint64_t pages = allocate_pages(kThreadPages);
  if (!pages) return nullptr;
  auto* thread = at_physical<Thread>(pages);  // all zeros
  thread->kernel_stack = reinterpret_cast<uint64_t>(thread) + kThreadPages * kPage;
  thread->context.ra = reinterpret_cast<uint64_t>(thread_start);
  thread->context.sp = thread->kernel_stack;
  thread->registers[0] = entry;
  thread->registers[2] = stack;
  thread->registers[10] = argument0;
  thread->registers[11] = argument1;
  thread->id = next_thread_id++;
  thread->pinned_to = -1;
  thread->process = &process;
  thread->hart = &this_hart();
  thread->sibling = process.threads;
  process.threads = thread;
  ++process.thread_count;
  emit(Event::kThreadBegin, 0, process.id, thread->id, 0);
  return thread;
}

int64_t spawn(Process* parent, const char* arguments, uint64_t size, uint64_t count) {
  Process* process = create_process(parent);
  if (!process) return kFailed;
  copy_string(process->name, arguments, sizeof process->name);
  tell_name(*process);
  uint64_t argv = 0;
  const uint64_t entry = load_program(process->space, arguments);
  if (entry) argv = push_arguments(process->space, arguments, size, count);
  // The stack begins below the arguments, aligned as the calling convention asks.
  Thread* thread = argv ? create_thread(*process, entry, argv & ~15ull, count, argv) : nullptr;
  if (!thread) {
    for (File*& file : process->files) close_file(file);
    free_process(*process);
    return kFailed;
  }
  for (unsigned i = 0; !parent && i < 3; ++i) process->files[i] = console_file();
  make_ready(*thread);
  return process->id;
}

int64_t fork(Thread& thread) {
  Process* parent = thread.process;
  Process* process = create_process(parent);
  if (!process) return kFailed;
  memcpy(process->name, parent->name, sizeof process->name);
  tell_name(*process);
  process->heap = parent->heap;
  Thread* child = process->space.copy_from(parent->space) ? create_thread(*process, 0, 0, 0, 0) : nullptr;
  if (!child) {
    for (File*& file : process->files) close_file(file);
    free_process(*process);
    return kFailed;
  }
  memcpy(child->registers, thread.registers, sizeof child->registers);
  child->registers[10] = 0;
  // The parent's floating-point registers may still be in the hart.
  keep_floats(thread);
  child->uses_floats = thread.uses_floats;
  memcpy(child->floats, thread.floats, sizeof child->floats);
  make_ready(*child);
  return process->id;
}

Process* find_process(uint64_t id) { return id >= 1 && id <= kMaxProcesses && processes[id - 1].id ? &processes[id - 1] : nullptr; }

int64_t wait_for_process(uint64_t id) {
  Process* process = find_process(id);
  Process* self = current()->process;
  if (!process || process->parent != self) return kFailed;
  while (!process->has_ended) {
    if (self->is_ending) return kFailed;
    wait_for(channel_of(process));
  }
  const int64_t status = process->status;
  process->id = 0;
  return status;
}

void end_thread() {
  Thread& thread = *current();
  Process& process = *thread.process;
  for (Thread** place = &process.threads; *place; place = &(*place)->sibling) {
    if (*place != &thread) continue;
    *place = thread.sibling;
    break;
  }
  emit(Event::kThreadEnd, 0, process.id, thread.id, 0);
  thread.state = State::kEnded;
  if (--process.thread_count == 0) dismantle(process);
  this_hart().ended = &thread;
  schedule(Reason::kEnded);
  panic("an ended thread runs");
}

void end_process(Process& process, int64_t status) {
  if (process.is_ending) return;
  process.is_ending = true;
  process.status = status;
  for (Thread* thread = process.threads; thread; thread = thread->sibling) {
    wake_thread(*thread);
    if (thread->state == State::kRunning && thread->hart != &this_hart()) sbi_send_ipi(thread->hart->id);
  }
}

void free_ended_thread() {
  Hart& hart = this_hart();
  if (!hart.ended) return;
  free_pages(physical_of(hart.ended), kThreadPages);
  hart.ended = nullptr;
}
