# Names that people know from the JetStream guide; each calls the command that does the work.
# `make ops.jetstream.backup STREAM=dex-swaps DIR=backup`, and NATS_URL, NATS_CREDS in the environment or .env.

MILLRACE = node bin/millrace.mjs ops jetstream

.PHONY: ops.jetstream.init ops.jetstream.verify ops.jetstream.report ops.jetstream.info
.PHONY: ops.jetstream.purge ops.jetstream.delete ops.jetstream.backup ops.jetstream.restore
.PHONY: ops.jetstream.publish-test ops.jetstream.dead-letters ops.jetstream.retry-dead-letters

ops.jetstream.init:
	$(MILLRACE) init

ops.jetstream.verify:
	$(MILLRACE) verify

ops.jetstream.report:
	$(MILLRACE) report

ops.jetstream.info:
	$(MILLRACE) info "$(STREAM)"

ops.jetstream.purge:
	$(MILLRACE) purge "$(STREAM)"

ops.jetstream.delete:
	$(MILLRACE) delete "$(STREAM)"

ops.jetstream.backup:
	$(MILLRACE) backup "$(STREAM)" "$(DIR)"

ops.jetstream.restore:
	$(MILLRACE) restore "$(DIR)"

ops.jetstream.publish-test:
	$(MILLRACE) publish-test

ops.jetstream.dead-letters:
	$(MILLRACE) dead-letter list

ops.jetstream.retry-dead-letters:
	$(MILLRACE) dead-letter retry --all
