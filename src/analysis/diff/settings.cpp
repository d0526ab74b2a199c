#include "analysis/diff/settings.hpp"

namespace snapq::analysis {

Settings read_settings(archive::Database& database) {
    Settings settings;
    archive::Query rows = database.prepare("SELECT abbreviate(key), abbreviate(value) FROM settings");
    while (rows.next()) settings.emplace(rows.text(0), rows.text(1));
    return settings;
}

std::vector<report::DiffSetting> settings_that_differ(const Settings& base, const Settings& newer) {
    std::map<std::string, report::DiffSetting> both;
    for (const auto& [key, value] : base) both[key].base = value;
    for (const auto& [key, value] : newer) both[key].newer = value;
    std::vector<report::DiffSetting> different;
    for (auto& [key, setting] : both) {
        if (setting.base == setting.newer) continue;
        setting.key = key;
        different.push_back(setting);
    }
    return different;
}

}  // namespace snapq::analysis
