// Errors about an archive's content, in the same words everywhere.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/devices.hpp"
#include "support/error.hpp"

namespace snapq::analysis {

// "there is no device 7, only devices 0, 3". `present`: the devices of the archive, in their order.
[[nodiscard]] inline UsageError no_such_device(std::int64_t wanted,
                                               const std::vector<std::int64_t>& present) {
    constexpr std::size_t k_most_named = 8;
    if (present.empty())
        return UsageError(fmt::format("there is no device {}, the archive is empty", device_name(wanted)));
    const auto names = device_names(std::span(present).first(std::min(present.size(), k_most_named)));
    return UsageError(fmt::format("there is no device {}, only device{} {}{}", device_name(wanted),
                                  present.size() == 1 ? "" : "s", fmt::join(names, ", "),
                                  present.size() > k_most_named ? ", …" : ""));
}

// Calls `work`, which reads one archive, and adds the archive's name to an error that does not have it. If
// archive::with_own_sql is used too, `work` must call it, because it turns SQL errors into the errors that
// are caught here.
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
