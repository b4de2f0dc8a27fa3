// User-level threads in all three models: order, waiting in the library, and whom one waiting system call stops.
#include "kernel/user/test.hpp"
#include "kernel/user/user_threads.hpp"

static volatile uint64_t progress, order;
static volatile bool is_over;
static UserSemaphore ping, pong;

// What siblings did while one user-level thread was in a system call that waits.
static uint64_t progress_during_a_read() {
  int files[2];
  CHECK(pipe(files) == 0);
  const int64_t writer = in_child([files] {
    sleep(20'000'000);
    return write(files[1], "x", 1) == 1 ? 0 : 1;
  });
  UserThread* sibling = start_user_thread([] {
    while (!is_over) {
      progress = progress + 1;
      user_yield();
    }
  });
  while (!progress) user_yield();
  const uint64_t before = progress;
  char c;
  CHECK(read(files[0], &c, 1) == 1);
  const uint64_t after = progress;
  is_over = true;
  user_join(sibling);
  CHECK(wait(writer) == 0);
  return after - before;
}

static int common() {
  // Semaphores of the library alternate two threads.
  UserThread* other = start_user_thread([] {
    for (unsigned i = 0; i < 100; ++i) {
      ping.take();
      order = order * 3 % 1000003 + 1;
      pong.give();
    }
  });
  uint64_t expected = 0;
  for (unsigned i = 0; i < 100; ++i) {
    order = order * 3 % 1000003 + 2;
    ping.give(), pong.take();
    expected = (expected * 3 % 1000003 + 2) * 3 % 1000003 + 1;
  }
  user_join(other);
  CHECK(order == expected);

  // Many threads, more than once, with what they captured.
  static uint64_t sum;
  for (unsigned round = 0; round < 3; ++round) {
    UserThread* threads[40];
    for (unsigned i = 0; i < 40; ++i) {
      threads[i] = start_user_thread([i] {
        for (unsigned j = 0; j < 3; ++j) user_yield();
        __atomic_fetch_add(&sum, i, __ATOMIC_RELAXED);
      });
      CHECK(threads[i]);
    }
    for (UserThread* thread : threads) user_join(thread);
  }
  CHECK(sum == 3 * 780);
  CHECK(user_switches() > 200);
  return 0;
}

// Threads hand a number on by pipes, each waiting in the kernel for the one before: all must be able to wait at once.
static int chain() {
  constexpr unsigned kLength = 8;
  static int files[kLength + 1][2];
  for (auto& ends : files) CHECK(pipe(ends) == 0);
  UserThread* threads[kLength];
  for (unsigned i = 0; i < kLength; ++i) {
    threads[i] = start_user_thread([i] {
      uint64_t value;
      for (unsigned round = 0; round < 20; ++round) {
        if (read(files[i][0], &value, 8) != 8) return;
        ++value;
        write(files[i + 1][1], &value, 8);
      }
    });
  }
  for (uint64_t round = 0; round < 20; ++round) {
    uint64_t value = round * 100;
    CHECK(write(files[0][1], &value, 8) == 8);
    CHECK(read(files[kLength][0], &value, 8) == 8);
    CHECK(value == round * 100 + kLength);
  }
  for (UserThread* thread : threads) user_join(thread);
  return 0;
}

static int64_t in_model(Model model, unsigned carriers, int (*test)()) {
  return wait(in_child([=] {
    begin_user_threads(model, carriers);
    return test();
  }));
}

int main(int, char**) {
  const auto stops_all = [] { return progress_during_a_read() == 0 ? 0 : 1; };
  const auto stops_none = [] { return progress_during_a_read() > 0 ? 0 : 1; };

  CHECK(in_model(Model::kUser, 1, common) == 0);
  CHECK(in_model(Model::kUser, 1, stops_all) == 0);

  CHECK(in_model(Model::kHybrid, 1, common) == 0);
  CHECK(in_model(Model::kHybrid, 3, common) == 0);
  CHECK(in_model(Model::kHybrid, 1, stops_all) == 0);
  CHECK(in_model(Model::kHybrid, 2, stops_none) == 0);
  CHECK(in_model(Model::kHybrid, 9, chain) == 0);

  CHECK(in_model(Model::kUpcall, 1, common) == 0);
  CHECK(in_model(Model::kUpcall, 3, common) == 0);
  CHECK(in_model(Model::kUpcall, 1, stops_none) == 0);
  CHECK(in_model(Model::kUpcall, 1, chain) == 0);
  CHECK(in_model(Model::kUpcall, 3, chain) == 0);
  return passed("user_threads");
}
