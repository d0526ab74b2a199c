// Complaints about what an archive does not have, in the same words everywhere.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "support/error.hpp"

namespace snapq::analysis {

// "there is no device 7, only devices 0, 3"; `there` in their order.
[[nodiscard]] UsageError no_such_device(std::int64_t wanted, const std::vector<std::int64_t>& there);

// Does the work on one archive; a complaint that does not say which then names it. Belongs around
// with_own_sql, which knows what failed SQL means.
template <typename Work>
decltype(auto) naming_archive(const std::string& archive, Work&& work) {
    try {
        return work();
    } catch (const UsageError& error) {
        throw UsageError(fmt::format("{}: {}", archive, error.what())).with_hint(error.hint());
    } catch (const InputError& error) {
        throw error.in_file(archive);
    }
}

}  // namespace snapq::analysis
