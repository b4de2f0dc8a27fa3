// One process asks, another answers: by pipes, by shared memory with a futex, or by shared memory alone. What does each way take?
//
// Parameters: way=pipe|futex|spin size=BYTES rounds=N
#include "kernel/user/lab.hpp"
#include "kernel/user/threads.hpp"

constexpr uint64_t kMostBytes = 65536;
constexpr uint64_t kWarmRounds = 4;

// What both see; one direction each.
struct Box {
  volatile uint32_t full;  // also the futex
  alignas(64) uint8_t bytes[kMostBytes];
};
struct Boxes {
  Box there, back;
};

enum class Way { kPipe, kFutex, kSpin };
static Way way;
static uint64_t size;
static Boxes* boxes;
static int there[2], back[2];
static uint64_t mine[kMostBytes / 8];

static void wait_until(volatile uint32_t& full, uint32_t value) {
  while (__atomic_load_n(&full, __ATOMIC_ACQUIRE) != value)
    if (way == Way::kFutex) futex_wait(&full, !value);
}

static void set(volatile uint32_t& full, uint32_t value) {
  __atomic_store_n(&full, value, __ATOMIC_RELEASE);
  if (way == Way::kFutex && value) futex_wake(&full, 1);
}

static void send(Box& box, int file, uint64_t bytes, uint64_t round) {
  // Made where it is to be read from: in the sender's memory, or at once in the box.
  auto* words = way == Way::kPipe ? mine : reinterpret_cast<uint64_t*>(box.bytes);
  for (uint64_t i = 0; i < bytes / 8; ++i) words[i] = round + i;
  if (way == Way::kPipe) write(file, words, bytes);
  else set(box.full, 1);
}

static uint64_t receive(Box& box, int file, uint64_t bytes) {
  const uint64_t* words = mine;
  if (way == Way::kPipe) {
    for (uint64_t done = 0; done < bytes;) {
      const int64_t part = read(file, reinterpret_cast<uint8_t*>(mine) + done, bytes - done);
      if (part <= 0) exit(4);
      done += static_cast<uint64_t>(part);
    }
  } else {
    wait_until(box.full, 1);
    words = reinterpret_cast<const uint64_t*>(box.bytes);
  }
  uint64_t sum = 0;
  for (uint64_t i = 0; i < bytes / 8; ++i) sum += words[i];
  if (way != Way::kPipe) set(box.full, 0);
  return sum;
}

static void ask(uint64_t round) {
  send(boxes->there, there[1], size, round);
  const uint64_t words = size / 8, expected = words * round + words * (words - 1) / 2;
  // The answer is one word, the sum of those that were sent.
  if (receive(boxes->back, back[0], 8) != expected) exit(4);
}

static void answer() {
  const uint64_t sum = receive(boxes->there, there[0], size);
  send(boxes->back, back[1], 8, sum);
}

int main(int count, char** arguments) {
  begin_lab(count, arguments);
  size = number("size", 64);
  if (!size || size % 8 || size > kMostBytes) refuse("size", "multiples of 8 up to 65536");
  if (is("way", "pipe")) way = Way::kPipe;
  else if (is("way", "futex")) way = Way::kFutex;
  else if (is("way", "spin")) way = Way::kSpin;
  else refuse("way", "pipe, futex, spin");
  if (way == Way::kSpin && hart_count() < 2) refuse("way", "pipe, futex with one hart");
  const uint64_t rounds = number("rounds", 100);
  boxes = static_cast<Boxes*>(share("boxes", sizeof(Boxes)));
  if (!boxes || pipe(there) != 0 || pipe(back) != 0) exit(3);

  const int64_t child = fork();
  if (way == Way::kSpin) pin(child == 0 ? 1 : 0);
  if (child == 0) {
    for (uint64_t i = 0; i < kWarmRounds + rounds + 1; ++i) answer();
    exit(0);
  }
  for (uint64_t i = 0; i < kWarmRounds; ++i) ask(i);
  const uint64_t calls = counter_of(Counter::kSystemCalls), switches = counter_of(Counter::kSwitches);
  measure_begin<"message">();
  const uint64_t begin = cycles();
  for (uint64_t i = 0; i < rounds; ++i) ask(i);
  const uint64_t cost = cycles() - begin;
  measure_end<"message">();
  const uint64_t switched = counter_of(Counter::kSwitches) - switches, called = counter_of(Counter::kSystemCalls) - calls;
  ask(rounds);  // so that the other still waits when the counters are read
  if (wait(child) != 0) exit(4);

  // A system call that does nothing: into the kernel and back.
  for (unsigned i = 0; i < kWarmRounds; ++i) get_process();
  measure_begin<"call">();
  const uint64_t call_begin = cycles();
  for (uint64_t i = 0; i < rounds; ++i) get_process();
  const uint64_t call_cost = cycles() - call_begin;
  measure_end<"call">();

  result("round-trip", static_cast<int64_t>(cost), rounds);
  result("calls", static_cast<int64_t>(called - 3), rounds);  // less those that asked for these numbers
  result("switches", static_cast<int64_t>(switched), rounds);
  result("call", static_cast<int64_t>(call_cost), rounds);
  return 0;
}
