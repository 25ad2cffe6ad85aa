package messages

// The streams and buckets of the contract.
const (
	StreamEvents    = "PATCH_EVENTS"
	StreamLater     = "PATCH_LATER"
	StreamChanges   = "PATCH_CHANGES"
	StreamDead      = "PATCH_DEAD"
	StreamResend    = "PATCH_RESEND"
	BucketHosts     = "PATCH_HOSTS"
	BucketScans     = "PATCH_SCANS"
	BucketBaselines = "PATCH_BASELINES"
	BucketAttempts  = "PATCH_ATTEMPTS"
	BucketItems     = "PATCH_ITEMS"
)

// BucketStream returns the name of the stream in which JetStream keeps a bucket.
func BucketStream(bucket string) string { return "KV_" + bucket }

// KeySubject returns the subject under which JetStream keeps a key of a bucket.
func KeySubject(bucket, key string) string { return "$KV." + bucket + "." + key }
