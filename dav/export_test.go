package dav

// SetPage makes the pages of answers so small that a test sees several.
func (s *Server) SetPage(octets int) { s.pageSize = octets }

// SetTextIndexOctets bounds what the indexes of words may take together.
func (s *Server) SetTextIndexOctets(octets int) { s.caches.texts.max = octets }
