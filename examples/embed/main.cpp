// Converts a snapshot, then shows its peak and the sites with the most memory: once by SQL, once by a
// summary.
//
//     embed SNAPSHOT ARCHIVE
#include <snapq/snapq.hpp>

#include <filesystem>
#include <iostream>

namespace {

void convert_sample(const std::filesystem::path& snapshot, const std::filesystem::path& output) {
    snapq::ConvertOptions options;
    options.labels["purpose"] = "example";
    options.replace = true;
    const snapq::ConvertResult result = snapq::convert_snapshot(snapshot, output, options);
    std::cout << "converted: " << result.events << " events, " << result.allocations << " allocations\n";
    for (const std::string& warning : result.warnings) std::cerr << "warning: " << warning << '\n';
}

void print_query(const snapq::Archive& archive) {
    snapq::Session session(archive);
    snapq::QueryLimits limits;
    limits.timeout = std::chrono::seconds(10);
    for (const std::int64_t device : archive.devices()) {
        snapq::Rows rows = session.query(
            "SELECT site, bytes, count FROM peak_stacks WHERE device = :device ORDER BY bytes DESC LIMIT 3",
            {{"device", device}}, limits);
        for (const snapq::Row& row : rows) {
            std::cout << "query: " << row["bytes"].integer() << " bytes in " << row["count"].integer()
                      << " allocations: " << row["site"].text() << '\n';
        }
    }
}

void print_summary(const snapq::Archive& archive) {
    snapq::SummaryOptions options;
    options.top = 3;
    const snapq::Summary summary = snapq::summarize(archive, options);
    for (const snapq::DeviceSummary& device : summary.devices()) {
        std::cout << "summary: device " << device.figures.device << ", peak "
                  << device.figures.peak_requested_bytes.value_or(0) << " bytes\n";
        for (const snapq::LiveRow& row : device.top) {
            std::cout << "summary: " << row.bytes << " bytes: " << row.label << '\n';
        }
    }
}

}  // namespace

int main(int argc, char* argv[]) {
    if (argc != 3) {
        std::cerr << "usage: embed SNAPSHOT ARCHIVE\n";
        return snapq::exit_code(snapq::ErrorKind::usage);
    }
    try {
        convert_sample(argv[1], argv[2]);
        const snapq::Archive archive(argv[2]);
        print_query(archive);
        print_summary(archive);
        return 0;
    } catch (const snapq::Error& error) {
        std::cerr << "embed: " << error.what() << '\n' << error.hint() << '\n';
        return snapq::exit_code(error.kind());
    }
}
