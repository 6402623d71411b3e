"""The IVR's shell: our own FastAGI server. Asterisk connects once per caller; the flow is carried out here.

A session that ends without a word leaves CTI_NEXT empty: the dialplan keeps the caller in music and comes
back. So every fault here has one answer: log it, close the connection.
"""
