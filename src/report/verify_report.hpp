// The result of checking an archive. Filled by archive, printed by render.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/untrusted_text.hpp"

namespace snapq::report {

struct VerifyCheck {
    UntrustedText name;  // "container", "elements.db", "database", "timeline of device 0"
    bool ok = true;
    UntrustedText detail;  // "17 chunks, 4.5 MiB"; for a failed check the first finding
};

struct DamageFinding {
    UntrustedText entry;  // empty: the container as a whole
    // In the file. For a timeline that contradicts its database: in its uncompressed text.
    std::optional<std::uint64_t> offset;
    UntrustedText message;
    // Not damage: snapq does not ask this database, because of its schema or of the work that it takes.
    // Whether its bytes are undamaged was looked at as far as there are checksums.
    bool is_refused = false;
};

struct VerifyReport {
    std::vector<VerifyCheck> checks;
    std::vector<DamageFinding> damage;  // the first k_most_findings of each check

    static constexpr std::size_t k_most_findings = 20;

    [[nodiscard]] bool ok() const { return damage.empty(); }
};

}  // namespace snapq::report
