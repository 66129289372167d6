package io.matriarch.etcdapi;

/**
 * Who makes a call.
 *
 * @param user         empty for somebody who did not say
 * @param authRevision what was known of users when he was identified
 */
record Identity(String user, long authRevision) {

    static final Identity NOBODY = new Identity("", 0);
}
