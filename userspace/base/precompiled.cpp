// SPDX-License-Identifier: MIT
// Nothing: the precompiled headers need a target to belong to.
