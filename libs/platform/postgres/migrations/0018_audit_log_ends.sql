-- Up Migration

-- Every position names the last record before it now, the auditor's as well.
drop table audit.log_ends;
