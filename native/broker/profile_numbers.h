// Numbers for the names of profiles, by which calls are counted. A name keeps its number for the
// life of the service: what was counted under a profile stays with it when profiles are replaced.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cryptobroker {

class ProfileNumbers {
 public:
  // More names than that have no number of their own.
  static constexpr std::uint16_t kMost = 1024;

  // 1 to kMost; 0 when all are taken.
  std::uint16_t number_of(std::string_view name) {
    const std::lock_guard lock(mutex_);
    const auto found = numbers_.find(name);
    if (found != numbers_.end()) {
      return found->second;
    }
    if (numbers_.size() >= kMost) {
      return 0;
    }
    const auto number = static_cast<std::uint16_t>(numbers_.size() + 1);
    names_.push_back(numbers_.emplace(name, number).first->first);
    return number;
  }

  // Empty for a number that was not given.
  std::string name_of(std::uint16_t number) const {
    const std::lock_guard lock(mutex_);
    return number > 0 && number <= names_.size() ? std::string(names_[number - 1U]) : std::string();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint16_t, std::less<>> numbers_;
  // By their numbers. A map leaves its keys where they are.
  std::vector<std::string_view> names_;
};

}  // namespace cryptobroker
