#include "render/reason_words.hpp"

#include <fmt/format.h>

#include "support/sizes.hpp"

namespace snapq::render {

std::string reason_words(const report::HeldMemory& before, const report::HeldMemory& after) {
    const std::string_view reason = report::change_reason(before, after);
    if (reason.empty() || before.count == after.count) return std::string(reason);
    if (!report::is_about_size(reason)) {
        return fmt::format("{} ({} against {})", reason, format_count(after.count),
                           format_count(before.count));
    }
    return fmt::format("{} (mean {} → {})", reason, format_size(before.bytes / before.count),
                       format_size(after.bytes / after.count));
}

}  // namespace snapq::render
