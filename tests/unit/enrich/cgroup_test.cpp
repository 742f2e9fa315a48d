// SPDX-License-Identifier: MIT
#include "enrich/cgroup.h"

#include <gtest/gtest.h>

namespace slotscope::enrich {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const std::string kUid = "6f2b9a1c-3d4e-4f50-8a6b-7c8d9e0f1a2b";
const std::string kUidOfSlice = "6f2b9a1c_3d4e_4f50_8a6b_7c8d9e0f1a2b";

std::string of_path(const std::string& path)
{
    return unit_of("0::" + path + "\n");
}

TEST(UnitOf, IsTheServiceOnTheUnifiedHierarchy)
{
    EXPECT_EQ(of_path("/system.slice/haproxy.service"), "haproxy.service");
    EXPECT_EQ(of_path("/system.slice/system-php.slice/php@8.2.service"), "php@8.2.service");
    EXPECT_EQ(of_path("/system.slice/app.service/workers/3"), "app.service");
    EXPECT_EQ(of_path("/user.slice/user-1000.slice/user@1000.service/app.slice/web.service"), "web.service");
    EXPECT_EQ(of_path("/../../system.slice/haproxy.service"), "haproxy.service");
}

TEST(UnitOf, IsTheScopeWhereThereIsNoService)
{
    EXPECT_EQ(of_path("/user.slice/user-1000.slice/session-3.scope"), "session-3.scope");
    EXPECT_EQ(of_path("/init.scope"), "init.scope");
}

TEST(UnitOf, IsEmptyOutsideOfUnits)
{
    EXPECT_EQ(of_path("/"), "");
    EXPECT_EQ(of_path("/some/group"), "");
    EXPECT_EQ(unit_of(""), "");
    EXPECT_EQ(unit_of("nonsense\n:\n\n::\n"), "");
}

TEST(UnitOf, IsAContainerByItsShortId)
{
    EXPECT_EQ(of_path("/system.slice/docker-" + kId + ".scope"), "docker:0123456789ab");
    EXPECT_EQ(of_path("/docker/" + kId), "docker:0123456789ab");
    EXPECT_EQ(of_path("/machine.slice/libpod-" + kId + ".scope/container"), "podman:0123456789ab");
    EXPECT_EQ(of_path("/system.slice/nerdctl-" + kId + ".scope"), "containerd:0123456789ab");
    EXPECT_EQ(of_path("/lxc.payload.web1/system.slice"), "lxc:web1");
}

TEST(UnitOf, IsTheContainerOfAPod)
{
    const std::string slice =
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + kUidOfSlice + ".slice";
    EXPECT_EQ(of_path(slice + "/cri-containerd-" + kId + ".scope"), "containerd:0123456789ab");
    EXPECT_EQ(of_path(slice + "/crio-" + kId + ".scope"), "crio:0123456789ab");
    EXPECT_EQ(of_path("/kubepods/burstable/pod" + kUid + "/" + kId), "container:0123456789ab");
    EXPECT_EQ(of_path("/system.slice/containerd.service/kubepods-besteffort-pod" + kUidOfSlice +
                      ".slice:cri-containerd:" + kId),
              "containerd:0123456789ab");
}

TEST(UnitOf, IsThePodWhereTheContainerIsNotTold)
{
    EXPECT_EQ(of_path("/kubepods/burstable/pod" + kUid), "pod:" + kUid);
    EXPECT_EQ(of_path("/kubepods.slice/kubepods-pod" + kUidOfSlice + ".slice"), "pod:" + kUid);
    EXPECT_EQ(of_path("/system.slice/podman.service"), "podman.service");
}

TEST(UnitOf, PutsAContainerBeforeTheUnitsInsideIt)
{
    EXPECT_EQ(of_path("/docker/" + kId + "/system.slice/nginx.service"), "docker:0123456789ab");
}

TEST(UnitOf, DoesNotTakeAMonitorForItsContainer)
{
    EXPECT_EQ(of_path("/machine.slice/libpod-conmon-" + kId + ".scope").substr(0, 20),
              "libpod-conmon-012345");
}

TEST(UnitOf, ReadsVersionOneAndHybrid)
{
    EXPECT_EQ(unit_of("12:memory:/docker/" + kId + "\n1:name=systemd:/docker/" + kId + "\n"),
              "docker:0123456789ab");
    EXPECT_EQ(unit_of("4:memory:/\n1:name=systemd:/system.slice/haproxy.service\n"), "haproxy.service");
    EXPECT_EQ(unit_of("4:memory:/system.slice/m.service\n1:name=systemd:/system.slice/s.service\n0::/\n"),
              "s.service");
    EXPECT_EQ(unit_of("1:name=systemd:/system.slice/s.service\n0::/system.slice/u.service\n"), "u.service");
    EXPECT_EQ(unit_of("4:cpu,cpuacct:/system.slice/c.service"), "c.service");
}

TEST(UnitOf, ReadsTheGroupOfAProcessThatOutlivedIt)
{
    EXPECT_EQ(of_path("/system.slice/haproxy.service (deleted)"), "haproxy.service");
}

TEST(UnitOf, IsBounded)
{
    EXPECT_EQ(of_path("/" + std::string(5000, 'x') + ".service").size(), 64U);
}

} // namespace
} // namespace slotscope::enrich
