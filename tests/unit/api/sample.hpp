// The sample of the repository, converted once for all tests of the public interface.
#pragma once

#include <string>

#include "snapq/snapq.hpp"
#include "support/scratch_folder.hpp"

namespace snapq::tests {

inline const std::string k_sample_snapshot = SNAPQ_SOURCE_DIR "/examples/sample-training-step.pickle";

inline const std::string& sample_archive() {
    static const ScratchFolder folder;
    static const std::string path = [] {
        ConvertOptions options;
        options.labels["branch"] = "main";
        options.rank = 3;
        convert_snapshot(k_sample_snapshot, folder / "sample.zip", options);
        return folder / "sample.zip";
    }();
    return path;
}

}  // namespace snapq::tests
