//! Merging blocks along a binary tree whose shape depends on nothing but their numbers.

use std::ops::AddAssign;

/// Something that two neighbouring runs of blocks can be merged into.
pub trait Merge {
    /// Adds what comes after.
    fn merge(&mut self, after: Self);
}

/// Adds numbers to others, each to its own.
pub(crate) fn add_to<T: Copy + AddAssign>(to: &mut [T], from: &[T]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += *from);
}

/// A canonical binary tree over block numbers, kept as its O(log n) open nodes.
///
/// Floating-point sums depend on the order of addition. Here block i is always a
/// leaf at position i, and a node of level k always holds 2ᵏ neighbouring blocks,
/// so the same blocks give the same bits however they were computed or shared out.
#[derive(Debug, Clone)]
pub struct MergeTree<T> {
    /// Open nodes with their levels, highest first.
    open: Vec<(u32, T)>,
}

impl<T: Merge> MergeTree<T> {
    /// A tree without blocks.
    #[must_use]
    pub fn new() -> Self {
        MergeTree { open: Vec::new() }
    }

    /// Adds the next block.
    pub fn push(&mut self, block: T) {
        self.push_node(0, block);
    }

    /// Adds the next 2^`level` blocks, which were merged in pairs already. So many have to divide the number of blocks so
    /// far: else the tree would not be the one of these blocks one by one.
    pub fn push_node(&mut self, level: u32, node: T) {
        let mut node = (level, node);
        while let Some((level, mut before)) = self.open.pop() {
            if level != node.0 {
                self.open.push((level, before));
                break;
            }
            before.merge(node.1);
            node = (level + 1, before);
        }
        self.open.push(node);
    }
}

impl<T: Merge + Clone> MergeTree<T> {
    /// The sum of all blocks so far; the smallest open nodes are merged first.
    #[must_use]
    pub fn total(&self) -> Option<T> {
        let mut nodes = self.open.iter().rev().map(|(_, node)| node.clone());
        let last = nodes.next()?;
        Some(nodes.fold(last, |after, mut before| {
            before.merge(after);
            before
        }))
    }
}

impl<T: Merge> Default for MergeTree<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Trace(String);

    impl Merge for Trace {
        fn merge(&mut self, after: Self) {
            self.0 = format!("({} {})", self.0, after.0);
        }
    }

    #[test]
    fn the_shape_depends_on_positions_alone() {
        let mut tree = MergeTree::new();
        assert!(tree.total().is_none());
        for block in 0..7 {
            tree.push(Trace(block.to_string()));
        }
        assert_eq!(tree.total().unwrap().0, "(((0 1) (2 3)) ((4 5) 6))");
        assert_eq!(tree.open.len(), 3);
    }

    #[test]
    fn blocks_that_were_merged_elsewhere_make_the_same_tree() {
        let blocks = |numbers: std::ops::Range<u64>| {
            let mut tree = MergeTree::new();
            numbers.for_each(|block| tree.push(Trace(block.to_string())));
            tree
        };
        for all in 0..40 {
            let alone = (all / 8) * 4;
            let mut tree = blocks(0..alone);
            for first in (alone..all).step_by(4) {
                match blocks(first..first + 4).total() {
                    Some(four) if first + 4 <= all => tree.push_node(2, four),
                    _ => (first..all).for_each(|block| tree.push(Trace(block.to_string()))),
                }
            }
            let [ours, alone] = [tree, blocks(0..all)].map(|tree| tree.total().map(|trace| trace.0));
            assert_eq!(ours, alone, "{all}");
        }
    }
}
