// Parses sizes from the command line, and ranks in file names.
#include "commands/ranks.hpp"
#include "fuzz/target.hpp"
#include "support/numbers.hpp"

SNAPQ_FUZZ_TARGET(size, data, size) {
    using snapq::fuzz::require;
    const std::string text = snapq::fuzz::text_of(data, size);
    if (const auto bytes = snapq::parse_size(text)) {
        require(*bytes >= 0, "a size is not negative");
        require(snapq::parse_size(std::to_string(*bytes)) == bytes, "plain bytes are read as they are");
        require(!snapq::format_size(*bytes).empty() && !snapq::format_count(*bytes).empty(),
                "a size can be shown");
    }
    static_cast<void>(snapq::commands::rank_of_name(text));
    return 0;
}
