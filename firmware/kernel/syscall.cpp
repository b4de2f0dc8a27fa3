// System calls: what user mode asks for. One function for each, in a table by number.
#include "kernel/syscall.hpp"

#include "kernel/console.hpp"
#include "kernel/file.hpp"
#include "kernel/later_read.hpp"
#include "kernel/process.hpp"
#include "kernel/run_log.hpp"
#include "kernel/scheduler.hpp"
#include "kernel/shared.hpp"
#include "kernel/upcall.hpp"
#include "kernel/wait.hpp"

namespace {

// a0 to a5.
struct Arguments {
  Thread& thread;
  uint64_t operator[](unsigned i) const { return thread.registers[10 + i]; }
  Process& process() const { return *thread.process; }
  File* file() const { return (*this)[0] < kMaxDescriptors ? process().files[(*this)[0]] : nullptr; }
};

uint64_t nanoseconds(uint64_t ticks) { return ticks / platform.timebase * 1000000000 + ticks % platform.timebase * 1000000000 / platform.timebase; }
uint64_t ticks(uint64_t nanoseconds) { return nanoseconds / 1000000000 * platform.timebase + nanoseconds % 1000000000 * platform.timebase / 1000000000; }

// --- Files ---------------------------------------------------------------------------------------

int add_descriptor(Process& process, File* file) {
  for (unsigned i = 0; file && i < kMaxDescriptors; ++i) {
    if (process.files[i]) continue;
    process.files[i] = file;
    return static_cast<int>(i);
  }
  close_file(file);
  return kFailed;
}

// A file that is being read from must not go because another thread closes it.
int64_t transfer(const Arguments& arguments, int64_t (*function)(File&, uint64_t, uint64_t)) {
  File* file = share_file(arguments.file());
  if (!file) return kFailed;
  const int64_t result = function(*file, arguments[1], arguments[2]);
  close_file(file);
  return result;
}

int64_t sys_write(const Arguments& arguments) { return transfer(arguments, write_file); }
int64_t sys_read(const Arguments& arguments) { return transfer(arguments, read_file); }

int64_t sys_close(const Arguments& arguments) {
  File* file = arguments.file();
  if (!file) return kFailed;
  arguments.process().files[arguments[0]] = nullptr;
  close_file(file);
  return 0;
}

int64_t sys_pipe(const Arguments& arguments) {
  File *reader, *writer;
  if (!create_pipe(reader, writer)) return kFailed;
  const int descriptors[2] = {add_descriptor(arguments.process(), reader), add_descriptor(arguments.process(), writer)};
  if (descriptors[0] < 0 || descriptors[1] < 0) return kFailed;
  return arguments.process().space.write(arguments[0], descriptors, sizeof descriptors) ? 0 : kFailed;
}

int64_t sys_open(const Arguments& arguments) {
  char name[48];
  if (!arguments.process().space.read_string(arguments[0], name, sizeof name)) return kFailed;
  return add_descriptor(arguments.process(), open_file(name));
}

int64_t sys_seek(const Arguments& arguments) { return arguments.file() && seek_file(*arguments.file(), arguments[1]) ? 0 : kFailed; }

int64_t sys_read_later(const Arguments& arguments) {
  const File* file = arguments.file();
  return file ? read_later(*file, arguments[1], arguments[2], arguments[3]) : kFailed;
}

int64_t sys_read_end(const Arguments& arguments) {
  const uint64_t until = now() + ticks(arguments[0]);
  for (;;) {
    const int64_t number = take_ended_read();
    if (number != kFailed || now() >= until || arguments.process().is_ending) return number;
    sleep_until(until);
    wait_for(channel_of_reads(arguments.process()));
    stop_sleeping(arguments.thread);
  }
}

// --- Processes -----------------------------------------------------------------------------------

int64_t sys_exit(const Arguments& arguments) {
  end_process(arguments.process(), static_cast<int64_t>(arguments[0]));
  return 0;
}

int64_t sys_spawn(const Arguments& arguments) {
  char text[512];
  const uint64_t size = arguments[1];
  if (!size || size > sizeof text || !arguments.process().space.read(arguments[0], text, size) || text[size - 1]) return kFailed;
  return spawn(&arguments.process(), text, size, arguments[2]);
}

int64_t sys_fork(const Arguments& arguments) { return fork(arguments.thread); }
int64_t sys_wait(const Arguments& arguments) { return wait_for_process(arguments[0]); }
int64_t sys_get_process(const Arguments& arguments) { return arguments.process().id; }

int64_t sys_set_shares(const Arguments& arguments) {
  Process* process = find_process(arguments[0]);
  if (!process || !arguments[1] || arguments[1] > 1 << 20 || arguments[2] > 100 * hart_count) return kFailed;
  process->weight = arguments[1];
  process->cap = arguments[2];
  process->cap_used = 0;
  process->cap_period = 0;
  return 0;
}

int64_t sys_cpu_time(const Arguments& arguments) {
  const Process* process = find_process(arguments[0]);
  return process ? static_cast<int64_t>(nanoseconds(run_time_of(*process))) : kFailed;
}

// --- Threads -------------------------------------------------------------------------------------

int64_t sys_get_thread(const Arguments& arguments) { return arguments.thread.id; }

int64_t sys_yield(const Arguments&) {
  yield(Reason::kYielded);
  return 0;
}

int64_t sys_thread_create(const Arguments& arguments) {
  Thread* thread = create_thread(arguments.process(), arguments[0], arguments[2], arguments[1], 0);
  if (!thread) return kFailed;
  const unsigned id = thread->id;
  make_ready(*thread);
  return id;
}

int64_t sys_thread_exit(const Arguments&) { end_thread(); }

int64_t sys_pin(const Arguments& arguments) {
  const auto hart = static_cast<int64_t>(arguments[0]);
  if (hart < -1 || hart >= static_cast<int64_t>(hart_count)) return kFailed;
  arguments.thread.pinned_to = static_cast<int>(hart);
  if (hart >= 0 && this_hart().number != static_cast<unsigned>(hart)) {
    make_ready(arguments.thread);
    schedule(Reason::kYielded);
  }
  return 0;
}

int64_t sys_sleep(const Arguments& arguments) {
  Thread& thread = arguments.thread;
  const uint64_t until = now() + ticks(arguments[0]);
  while (now() < until && !thread.process->is_ending) {
    sleep_until(until);
    wait_for(channel_of(&thread));
    stop_sleeping(thread);
  }
  return 0;
}

// A futex is its physical address, so that it works in shared memory as well.
int64_t sys_futex_wait(const Arguments& arguments) {
  const uint64_t futex = arguments[0] % 4 ? 0 : arguments.process().space.translate(arguments[0], kR);
  if (!futex || *at_physical<volatile uint32_t>(futex) != static_cast<uint32_t>(arguments[1])) return kFailed;
  wait_for(futex);
  return 0;
}

int64_t sys_futex_wake(const Arguments& arguments) {
  const uint64_t futex = arguments.process().space.translate(arguments[0], kR);
  return futex ? wake(futex, static_cast<unsigned>(arguments[1])) : kFailed;
}

// --- Upcalls -------------------------------------------------------------------------------------

int64_t sys_upcalls(const Arguments& arguments) {
  Process& process = arguments.process();
  if (process.upcall_entry || !arguments[3]) return kFailed;
  process.upcall_entry = arguments[0];
  process.upcall_stacks = arguments[1];
  process.upcall_stack_size = arguments[2];
  process.upcall_stack_count = arguments[3];
  process.upcall_stacks_used = 1;
  arguments.thread.is_activation = true;
  arguments.thread.upcall_stack = arguments[1] + arguments[2];
  return 0;
}

int64_t sys_park(const Arguments& arguments) {
  if (!arguments.thread.is_activation) return kFailed;
  park(arguments.thread);
  return static_cast<int64_t>(arguments.thread.registers[10]);  // the upcall's first argument
}

int64_t sys_unpark(const Arguments& arguments) {
  unpark(arguments.process());
  return 0;
}

// --- Memory, time, the machine -------------------------------------------------------------------

int64_t sys_memory(const Arguments& arguments) {
  Process& process = arguments.process();
  const uint64_t size = page_up(arguments[0]);
  const bool is_huge = arguments[1] & 1 && size % kMega == 0;
  const uint64_t start = is_huge ? (process.heap + kMega - 1) & ~(kMega - 1) : process.heap;
  if (!size || size > free_page_count() * kPage) return kFailed;
  process.heap = start + size + kPage;  // a page that faults lies between
  if (!is_huge) return process.space.map_new(start, start + size, kR | kW) ? static_cast<int64_t>(start) : kFailed;
  for (uint64_t address = start; address < start + size; address += kMega) {
    const uint64_t pages = allocate_pages(512, 512);
    if (!pages || !process.space.map(address, pages, kR | kW, 1)) return kFailed;
  }
  return static_cast<int64_t>(start);
}

int64_t sys_share(const Arguments& arguments) {
  char name[24];
  if (!arguments.process().space.read_string(arguments[0], name, sizeof name)) return kFailed;
  return map_shared(arguments.process(), name, arguments[1]);
}

int64_t sys_clock(const Arguments&) { return static_cast<int64_t>(nanoseconds(now())); }
int64_t sys_hart(const Arguments&) { return this_hart().number; }
int64_t sys_hart_count(const Arguments&) { return hart_count; }
int64_t sys_free_pages(const Arguments&) { return static_cast<int64_t>(free_page_count()); }
int64_t sys_counter(const Arguments& arguments) { return arguments[0] < static_cast<uint64_t>(Counter::kCount) ? static_cast<int64_t>(counters[arguments[0]]) : kFailed; }

int64_t sys_record_runs(const Arguments& arguments) {
  record_runs(arguments[0] ? &arguments.process() : nullptr, arguments[0], arguments[1]);
  return 0;
}

// In the order of enum Call.
constexpr int64_t (*const kCalls[])(const Arguments&) = {
    sys_exit,        sys_write,       sys_read,       sys_close,      sys_pipe,       sys_open,       sys_seek,
    sys_spawn,       sys_fork,        sys_wait,       sys_get_process, sys_get_thread, sys_yield,      sys_sleep,
    sys_clock,       sys_thread_create, sys_thread_exit, sys_futex_wait, sys_futex_wake, sys_memory,     sys_share,
    sys_set_shares,  sys_pin,         sys_cpu_time,   sys_hart,       sys_hart_count, sys_upcalls,    sys_park,
    sys_unpark,      sys_free_pages, sys_counter,    sys_record_runs, sys_read_later, sys_read_end,
};
static_assert(sizeof kCalls / sizeof *kCalls == static_cast<uint64_t>(Call::kCount));

}  // namespace

void system_call(Thread& thread) {
  const uint64_t number = thread.registers[17];
  thread.registers[10] = static_cast<uint64_t>(number < static_cast<uint64_t>(Call::kCount) ? kCalls[number]({thread}) : kFailed);
}
