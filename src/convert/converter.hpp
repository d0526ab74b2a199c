// A snapshot file in, an archive out (design sections 2.1, 3 and 6).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "convert/options.hpp"
#include "convert/report.hpp"

namespace snapq::convert {

// Called from any thread of the conversion, often; `total` is 0 when it is not known. Must not throw.
using Progress = std::function<void(std::string_view phase, std::uint64_t done, std::uint64_t total)>;

// Converts `input` (a path or "-") to `output` (a zip file or a directory, by options.layout). The output
// appears whole or not at all. Throws UsageError when it exists and `force` is false (before the input is
// read), InputError for an input that is no usable snapshot, SystemError when it cannot be written. Safe to
// call from several threads at once.
ConvertReport convert_file(const std::string& input, const std::string& output, const ConvertOptions& options,
                           const Progress& progress = {});

struct BatchItem {
    std::string input;
    std::string output;
    ConvertOptions options;
};

struct BatchResult {
    ConvertReport report;
    std::exception_ptr error;  // empty: done
};

// Converts several inputs, `jobs` at a time; one that fails does not stop the others. Results in the order of
// the items; `on_done` is called for each as soon as it and all before it have ended, from the calling
// thread.
void convert_batch(const std::vector<BatchItem>& items, unsigned jobs,
                   const std::function<void(const BatchItem&, const BatchResult&)>& on_done,
                   const Progress& progress = {});

}  // namespace snapq::convert
