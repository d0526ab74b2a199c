// Reads everything of an archive and says what is damaged.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace snapq::archive {

struct VerifyCheck {
    std::string name;  // "container", "elements.db", "database", "timeline of device 0"
    bool ok = true;
    std::string detail;  // "17 chunks, 4.5 MiB"; for a failed one the first of its findings
};

struct DamageFinding {
    std::string entry;  // empty: the container as a whole
    std::optional<std::uint64_t>
        offset;  // of the file; for a timeline that contradicts its database, of its raw text
    std::string message;
};

struct VerifyReport {
    std::vector<VerifyCheck> checks;
    std::vector<DamageFinding> damage;  // the first k_most_findings of each check

    static constexpr std::size_t k_most_findings = 20;

    [[nodiscard]] bool ok() const { return damage.empty(); }
};

// Checks the container, the manifest, every chunk and every entry as one stream, SQLite's integrity, and each
// timeline against its rows of the database: as many elements, the same sizes, first and last timesteps.
// Constant memory. Damage is reported, not thrown; InputError only for what is missing or no archive at all.
[[nodiscard]] VerifyReport verify_archive(const std::string& path);

}  // namespace snapq::archive
