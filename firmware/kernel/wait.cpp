// Waiting and waking by channel, with lists hashed by channel.
#include "kernel/wait.hpp"

#include "kernel/scheduler.hpp"
#include "kernel/upcall.hpp"

namespace {

struct List {
  Thread* first;
  Thread** end;  // where the next one is linked
};
List lists[64];

List& list_of(uint64_t channel) {
  List& list = lists[(channel >> 3 ^ channel >> 9) % 64];
  if (!list.first) list.end = &list.first;
  return list;
}

// Takes *place out of its list and makes it ready.
void take_out(List& list, Thread** place) {
  Thread* thread = *place;
  *place = thread->link;
  if (list.end == &thread->link) list.end = place;
  emit(Event::kWake, 0, thread->process->id, thread->id, thread->waits_for);
  thread->waits_for = 0;
  make_ready(*thread);
}

}  // namespace

void wait_for(uint64_t channel, Wait kind) {
  Thread& thread = *current();
  if (kind == Wait::kUntilEnd && thread.process->is_ending) return;
  List& list = list_of(channel);
  thread.waits_for = channel;
  thread.link = nullptr;
  *list.end = &thread;
  list.end = &thread.link;
  thread.state = State::kWaiting;
  emit(Event::kBlock, 0, thread.process->id, thread.id, channel);
  if (thread.is_activation) upcall_blocked(thread);
  schedule(Reason::kBlocked);
}

unsigned wake(uint64_t channel, unsigned most) {
  unsigned count = 0;
  List& list = list_of(channel);
  for (Thread** place = &list.first; *place && count < most;) {
    if ((*place)->waits_for != channel) {
      place = &(*place)->link;
      continue;
    }
    take_out(list, place);
    ++count;
  }
  return count;
}

void wake_thread(Thread& thread) {
  if (thread.state != State::kWaiting) return;
  List& list = list_of(thread.waits_for);
  for (Thread** place = &list.first; *place; place = &(*place)->link) {
    if (*place == &thread) return take_out(list, place);
  }
}
