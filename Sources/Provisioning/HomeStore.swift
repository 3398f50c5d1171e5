import BucketStore

/// What provisioning needs of the store: directories that are on the disk when a call returns.
public protocol HomeStore: Sendable {
    /// What making a home made, so that it can be undone.
    associatedtype Creation: Sendable

    /// Makes the bucket if it isn't there.
    func makeBucket(_ name: String) throws(BucketStoreError)

    /// Makes the home if it isn't there, with the directories above it.
    func makeHome(bucket: String, homeDirectory: String) throws(BucketStoreError) -> Creation

    /// Removes the directories that were made, as far as they are empty.
    func undo(_ creation: Creation)
}

extension BucketStore: HomeStore {}
