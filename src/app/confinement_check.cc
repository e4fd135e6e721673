#include "app/confinement_check.h"

#include <map>
#include <utility>

#include "rt/confinement.h"

namespace junctor::app {

std::vector<std::size_t> unconfinable_blocking(std::span<const agent::UpstreamSettings> upstreams) {
  std::vector<std::size_t> found;
  std::map<std::pair<rt::ChildNetwork, rt::ChildFiles>, bool> tried;
  for (std::size_t i = 0; i < upstreams.size(); ++i) {
    const rt::Confinement& asked = upstreams[i].stdio.confinement;
    if (!upstreams[i].is_stdio() || !asked.is_asked_for()) continue;
    const auto [known, is_new] = tried.try_emplace({asked.network, asked.files}, false);
    if (is_new) known->second = rt::can_confine_blocking(asked);
    if (known->second) continue;
    found.push_back(i);
  }
  return found;
}

}  // namespace junctor::app
