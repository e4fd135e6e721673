#include "control/process.h"

#include <dirent.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace junctor::control {
namespace {

// Files of /proc have no size; what is read here fits.
constexpr std::size_t kProcBytesMax = std::size_t{64} << 10;

std::string read_small(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "re")};
  if (!file) return {};
  std::string content(kProcBytesMax, '\0');
  content.resize(std::fread(content.data(), 1, content.size(), file.get()));
  return content;
}

// Files of /proc are words between blanks; what cannot be read counts as zero, since a metric is no
// reason to fail.
std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const std::size_t begin = text.find_first_not_of(" \t\n");
    if (begin == std::string_view::npos) return words;
    text.remove_prefix(begin);
    const std::size_t end = std::min(text.find_first_of(" \t\n"), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::uint64_t number_at(const std::vector<std::string_view>& words, std::size_t index) {
  return index < words.size() ? parse_unsigned(words[index]).value_or(0) : 0;
}

// The words of the line that begins with `label`, behind it.
std::vector<std::string_view> line_words(std::string_view text, std::string_view label) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(label)) return words_of(line.substr(label.size()));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return {};
}

std::uint64_t count_entries(const std::string& folder) {
  struct Close {
    void operator()(DIR* open) const noexcept { ::closedir(open); }
  };
  const std::unique_ptr<DIR, Close> open{::opendir(folder.c_str())};
  if (!open) return 0;
  std::uint64_t count = 0;
  while (const dirent* entry = ::readdir(open.get())) {
    if (entry->d_name[0] != '.') ++count;
  }
  // The folder itself is open while it is read.
  return count > 0 ? count - 1 : 0;
}

}  // namespace

// The names and meanings are those of the Prometheus client libraries, which dashboards expect.
ProcessFacts read_process_facts(const std::string& proc) {
  ProcessFacts facts;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));

  // The second field is the program's name in parentheses and may hold anything; the third follows
  // the last ')'. Counted from there: utime is 11, stime 12, threads 17, start time 19.
  const std::string stat = read_small(proc + "/self/stat");
  const std::size_t behind_name = stat.rfind(')');
  const auto fields =
      words_of(behind_name == std::string::npos ? std::string_view{}
                                                : std::string_view{stat}.substr(behind_name + 1));
  facts.cpu_seconds = static_cast<double>(number_at(fields, 11) + number_at(fields, 12)) / ticks;
  facts.threads = number_at(fields, 17);
  const std::string system = read_small(proc + "/stat");
  const std::uint64_t boot_seconds = number_at(line_words(system, "btime"), 0);
  if (boot_seconds > 0) {
    facts.start_seconds =
        static_cast<double>(boot_seconds) + static_cast<double>(number_at(fields, 19)) / ticks;
  }

  const std::string statm = read_small(proc + "/self/statm");
  const auto pages = words_of(statm);
  facts.virtual_bytes = number_at(pages, 0) * page_bytes;
  facts.resident_bytes = number_at(pages, 1) * page_bytes;
  facts.open_fds = count_entries(proc + "/self/fd");
  const std::string limits = read_small(proc + "/self/limits");
  facts.max_fds = number_at(line_words(limits, "Max open files"), 0);
  return facts;
}

void append_process(Exposition& out, const ProcessFacts& facts) {
  out.single({.name = "process_cpu_seconds_total",
              .unit = "seconds",
              .help = "User and system CPU time spent.",
              .kind = MetricKind::counter},
             facts.cpu_seconds);
  out.single({.name = "process_resident_memory_bytes", .unit = "bytes", .help = "Resident memory."},
             static_cast<double>(facts.resident_bytes));
  out.single({.name = "process_virtual_memory_bytes", .unit = "bytes", .help = "Virtual memory."},
             static_cast<double>(facts.virtual_bytes));
  out.single({.name = "process_open_fds", .help = "Open file descriptors."},
             static_cast<double>(facts.open_fds));
  out.single({.name = "process_max_fds", .help = "Most file descriptors that may be open."},
             static_cast<double>(facts.max_fds));
  out.single({.name = "process_threads", .help = "Threads."}, static_cast<double>(facts.threads));
  out.single({.name = "process_start_time_seconds",
              .unit = "seconds",
              .help = "When the process started, since 1970."},
             facts.start_seconds);
}

}  // namespace junctor::control
