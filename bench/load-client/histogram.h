// Latencies in nanoseconds, counted in buckets no wider than a sixty-fourth of their value.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace bench {

class Histogram {
 public:
  void record(std::uint64_t nanoseconds) {
    ++buckets_[index(nanoseconds)];
    ++count_;
    sum_ += nanoseconds;
    max_ = std::max(max_, nanoseconds);
  }

  void reset() { *this = Histogram(); }

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  double mean() const {
    return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
  }

  // The middle of the bucket that holds this share of all values, `percent` from 0 to 100.
  double percentile(double percent) const {
    if (count_ == 0) {
      return 0;
    }
    const double wanted = std::ceil(percent / 100 * static_cast<double>(count_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i];
      if (buckets_[i] > 0 && static_cast<double>(seen) >= wanted) {
        return std::min(middle(i), static_cast<double>(max_));
      }
    }
    return static_cast<double>(max_);
  }

 private:
  // Values below 2^kExact have a bucket of their own, larger ones share 2^(kExact - 1) for each
  // power of two.
  static constexpr int kExact = 7;
  static constexpr std::size_t kHalf = std::size_t{1} << (kExact - 1);
  // 2^40 ns are eighteen minutes.
  static constexpr int kLargest = 40;
  static constexpr std::size_t kBuckets = (kLargest - kExact + 2) * kHalf;

  static std::size_t index(std::uint64_t value) {
    value = std::min(value, (std::uint64_t{1} << kLargest) - 1);
    if (value < 2 * kHalf) {
      return static_cast<std::size_t>(value);
    }
    const int shift = std::bit_width(value) - kExact;
    return static_cast<std::size_t>(shift) * kHalf + static_cast<std::size_t>(value >> shift);
  }

  static double middle(std::size_t index) {
    if (index < 2 * kHalf) {
      return static_cast<double>(index);
    }
    const std::size_t shift = index / kHalf - 1;
    const double width = static_cast<double>(std::uint64_t{1} << shift);
    return (static_cast<double>(index - shift * kHalf) + 0.5) * width;
  }

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace bench
