// Makes the pool of operand values.
#include "cli/fuzz/words.hpp"

#include "cli/fuzz/fp_values.hpp"

namespace rvx::fuzz {
namespace {

std::vector<uint64_t> make_pool() {
  using namespace isa::fp;
  constexpr size_t kWords = 8192;
  constexpr uint64_t kSeed = 1;
  RandomValues<F16> halves(kSeed);
  RandomValues<F32> singles(kSeed);
  RandomValues<F64> doubles(kSeed);
  std::mt19937_64 random(kSeed);
  std::vector<uint64_t> pool;
  while (pool.size() < kWords) {
    pool.push_back(random());
    pool.push_back(doubles.integer());
    pool.push_back(doubles.integer() & 0xff);
    pool.push_back(doubles.next());
    pool.push_back(box<F32>(singles.next()));
    pool.push_back(box<F16>(halves.next()));
    pool.push_back(box<F32>(F32::power_of_two(static_cast<int>(random() % 8) - 4)));
    pool.push_back(F64::power_of_two(static_cast<int>(random() % 8) - 4) | (random() & F64::kSign));
    if (random() % 8 == 0) pool.push_back(singles.next());  // zeros above: no NaN box
  }
  return pool;
}

}  // namespace

const std::vector<uint64_t>& word_pool() {
  static const std::vector<uint64_t> kPool = make_pool();
  return kPool;
}

}  // namespace rvx::fuzz
